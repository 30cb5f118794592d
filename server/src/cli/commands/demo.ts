import { Option, type Command } from 'commander'
import { FAULTS, faultOf, mending, type FaultName, type Order } from '../../demo/faults.ts'
import { CMS_KINDS, type CmsKind } from '../../demo/systems.ts'
import { connectToHub } from '../client.ts'
import { toHub, type Asked } from '../options.ts'
import { print } from '../output.ts'
import { sandboxOf } from '../sandbox.ts'

export function addDemo(program: Command): void {
  const demo = program
    .command('demo')
    .description('run the hub with stand-ins for HubSpot, Salesforce, a CMS and GitHub; no real system is contacted')
    .option('--people <n>', 'people seeded in HubSpot', '1200')
    .option('--seed <n>', 'equal seeds, equal people', '42')
    .addOption(new Option('--cms <kind>', 'what stands in for the CMS').choices([...CMS_KINDS]).default('strapi'))
    .action(async (options: { readonly people: string; readonly seed: string; readonly cms: CmsKind }) => {
      const { runDemo } = await import('../../demo/run.ts')
      await runDemo({ people: wholeNumber(options.people, 'people'), seed: wholeNumber(options.seed, 'seed'), cms: options.cms })
    })
  toHub(demo.command('break').description('make a stand-in fail').argument('<system>'))
    .addOption(new Option('--fault <fault>', 'how').choices([...FAULTS]).default('outage'))
    .action(async (system: string, _own: unknown, command: Command) => {
      const asked = command.opts<Asked & { readonly fault: FaultName }>()
      const url = sandboxOf((await connectToHub(asked)).endpoint, system)
      const { faults, verb, expect } = faultOf(asked.fault, system)
      await fetch(`${url}/_sandbox/faults`, { method: 'PUT', body: JSON.stringify(faults) })
      if (verb) await tell(url, verb)
      if (asked.format === 'json') return print(JSON.stringify({ system, fault: asked.fault }))
      print(`✔ ${system} now fails: ${asked.fault}. ${expect}`)
      print(`  Mend it with: npm run tl -- demo heal ${system}`)
    })
  toHub(demo.command('heal').description('make it work again').argument('<system>')).action(
    async (system: string, _own: unknown, command: Command) => {
      const asked = command.opts<Asked>()
      const url = sandboxOf((await connectToHub(asked)).endpoint, system)
      await fetch(`${url}/_sandbox/faults`, { method: 'DELETE' })
      const verb = mending(system)
      if (verb) await tell(url, verb)
      print(asked.format === 'json' ? JSON.stringify({ system, fault: null }) : `✔ ${system} works again.`)
    },
  )
}

async function tell(url: string, { name, input }: NonNullable<Order['verb']>): Promise<void> {
  await fetch(`${url}/_sandbox/${name}`, { method: 'POST', body: JSON.stringify(input) })
}

function wholeNumber(text: string, name: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= 1_000_000) return value
  throw new TypeError(`--${name} wants a whole number up to 1,000,000, not ${JSON.stringify(text)}`)
}

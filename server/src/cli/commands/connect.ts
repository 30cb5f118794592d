import { loadRegistry } from '@throughline/contracts'
import type { ConnectionSetup } from '@throughline/core'
import { VendorError, type ProvisionStep } from '@throughline/sdk'
import { Option, type Command } from 'commander'
import { loadConfig, type Config } from '../../config.ts'
import { createEgress } from '../../egress/index.ts'
import { OperatorError } from '../../fault.ts'
import { hookStep, lastWebhook, nextWebhook } from '../../provision/hook.ts'
import { applyAll, planOf } from '../../provision/plan.ts'
import { library } from '../../registry.ts'
import { setupsOf } from '../../setups.ts'
import { isInteractive, isYes } from '../ask.ts'
import { connectToHub, type Client } from '../client.ts'
import { didNotKnow, newConnection } from '../new-connection.ts'
import { bold, dim, green, print, red, say, type ExitCode, type Format } from '../output.ts'

interface Asked {
  readonly config: string
  readonly format: Format
  readonly apply?: true
  readonly test?: true
  readonly new?: string
  readonly set: readonly string[]
}

/** How long a person has to change something at the vendor. */
const TEST_MS = 120_000

export function addConnect(program: Command): void {
  program
    .command('connect')
    .description('look whether a system has what the hub needs, say what is missing, and make it')
    .argument('[name]', 'the connection; with --new, how to call it')
    .option('--config <file>', 'the configuration', 'throughline.yaml')
    .option('--apply', 'make what is missing, without asking')
    .option('--test', 'wait for a webhook that the vendor sends')
    .option('--new <connector>', 'ask for the settings of a new connection and write them')
    .option(
      '--set <setting=value>',
      'with --new: a setting; secrets as env:NAME or file:path',
      (one: string, all: string[]) => [...all, one],
      [],
    )
    .addOption(new Option('--format <format>', 'how to print the result').choices(['text', 'json']).default('text'))
    .action(async (name: string | undefined, asked: Asked) => {
      if (asked.new !== undefined) return newConnection(asked.new, name, asked)
      const config = await loadConfig(asked.config, library, process.env)
      const names = config.connections.map((connection) => connection.name)
      if (name === undefined || !names.includes(name)) throw didNotKnow(name, names, config.file)
      process.exitCode = await connect(config, name, asked)
    })
}

async function connect(config: Config, name: string, asked: Asked): Promise<ExitCode> {
  const refusals: string[] = []
  const egress = createEgress({ ...config.egress, refused: (why) => refusals.push(why) })
  try {
    const setups = setupsOf(config.connections, config.secrets().configs, loadRegistry(), egress)
    const setup = setups.find((one) => one.name === name)!
    const isText = asked.format === 'text'
    const look = async (): Promise<readonly ProvisionStep[]> => withEvidence(setup, config, await planOf(setup, hookUrlOf(config, name)))
    let steps = await look()
    if (isText) show(name, steps)
    const open = steps.filter((step) => step.state === 'missing' && step.apply)
    if (open.length > 0 && (asked.apply || (isInteractive() && (await isYes(`Make ${open.map(({ title }) => title).join('; ')}?`))))) {
      steps = await applyAll(look, steps, (step, failure) =>
        say(failure === null ? `made: ${step.title}` : `not made: ${step.title}. ${failure}`),
      )
      if (isText) show(name, steps)
    }
    const takesWebhooks = steps.some(({ id }) => id === 'webhooks')
    if (asked.test && takesWebhooks) steps = await tested(setup, config, steps)
    const code = steps.every((step) => step.state === 'present') ? 0 : 1
    if (!isText) print(JSON.stringify({ connection: name, complete: code === 0, steps: steps.map(plain) }, null, 2))
    else print(next(name, steps, asked, takesWebhooks))
    return code
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    throw new OperatorError(`It could not be found out what ${name} has`, {
      where: name,
      why: refusals.at(-1) ?? error.message,
      next: error.next === 'unauthorised' ? 'Mend its address and credentials, then run this again.' : 'Try again when it answers.',
      cause: error,
    })
  } finally {
    await egress.close()
  }
}

function hookUrlOf({ listen }: Config, name: string): string | null {
  return listen.publicUrl === null ? null : `${listen.publicUrl}/hooks/${name}`
}

/** Vendors do not say whether they send webhooks; one that has arrived does. */
async function withEvidence(setup: ConnectionSetup, config: Config, steps: readonly ProvisionStep[]): Promise<readonly ProvisionStep[]> {
  const at = steps.findIndex(({ id }) => id === 'webhooks')
  const hookUrl = hookUrlOf(config, setup.name)
  if (at < 0 || hookUrl === null) return steps
  const seen = await running(config).then((hub) => (hub ? lastWebhook(hub, setup.name, 0).catch(() => null) : null))
  const told: ProvisionStep = seen
    ? { id: 'webhooks', title: steps[at]!.title, state: 'present', detail: `One arrived at ${seen.receivedAt}.` }
    : steps[at]!
  return [...steps.slice(0, at), await hookStep(hookUrl), told, ...steps.slice(at + 1)]
}

async function running(config: Config): Promise<Client | null> {
  try {
    return await connectToHub({ config: config.file })
  } catch {
    return null
  }
}

async function tested(setup: ConnectionSetup, config: Config, steps: readonly ProvisionStep[]): Promise<readonly ProvisionStep[]> {
  const hub = await connectToHub({ config: config.file })
  say(
    `Now change something in ${setup.connector.name}: one of its ${setup.mappings.map(({ stream }) => stream).join(', ')}. Waiting for its webhook …`,
  )
  const seen = await nextWebhook(hub, setup.name, TEST_MS)
  const detail = seen
    ? `One arrived at ${seen.receivedAt}.`
    : `None came within ${TEST_MS / 1_000} s. Look at the vendor's list of deliveries for what it got as an answer.`
  return steps.map((step) => (step.id === 'webhooks' ? { ...step, state: seen ? 'present' : 'missing', detail } : step))
}

function show(name: string, steps: readonly ProvisionStep[]): void {
  print(bold(name))
  for (const { title, state, detail } of steps) {
    const sign = state === 'present' ? green('✔') : state === 'missing' ? red('✘') : '•'
    const [first, ...more] = detail.split('\n')
    print(`${sign} ${title}  ${state === 'present' ? dim(first!) : first!}`)
    for (const line of more) print(`    ${line}`)
  }
}

function next(name: string, steps: readonly ProvisionStep[], asked: Asked, takesWebhooks: boolean): string {
  const makeable = steps.some((step) => step.state === 'missing' && step.apply)
  if (makeable && !asked.apply) return `Make what can be made from here: npm run tl -- connect ${name} --apply`
  if (steps.every((step) => step.state === 'present')) return `${green('✔')} Nothing is missing.`
  const test = takesWebhooks ? `  To see a webhook arrive, with the hub running: npm run tl -- connect ${name} --test` : ''
  return `✘ is missing, • is for a person to do or to look at; then run this again.${test}`
}

function plain({ id, title, state, detail, apply }: ProvisionStep): object {
  return { id, title, state, detail, canApply: apply !== undefined }
}

import { Argument, type Command } from 'commander'
import { ACTS, type Act, type Done } from '../../demo/acts.ts'
import { connectToHub, type Client } from '../client.ts'
import { sandboxOf } from '../sandbox.ts'
import { toHub, type Asked } from '../options.ts'
import { print, say } from '../output.ts'

const LOOK_MS = 50
const PATIENCE_MS = 15_000

interface ShownRecord {
  readonly id: string
  readonly version: number
  readonly fields: Readonly<Record<string, { readonly value: unknown }>>
  readonly links: readonly {
    readonly connection: string
    readonly externalId: string | null
    readonly agreed: Readonly<Record<string, { readonly value: unknown }>>
  }[]
}

interface Arrived {
  readonly record: string
  /** System → external id. */
  readonly there: Readonly<Record<string, string>>
}

export function addTrigger(program: Command): void {
  toHub(
    program
      .command('trigger')
      .description('demo: change something in one system as a person would, and watch it arrive in the others')
      .addArgument(new Argument('<what>').choices(Object.keys(ACTS))),
  ).action(async (what: string, asked: Asked) => {
    const hub = await connectToHub(asked)
    const act = ACTS[what]!
    const url = sandboxOf(hub.endpoint, act.at)
    const began = Date.now()
    const done = await act.run(url)
    say(done.said)
    const arrived = await arrival(hub, act, done)
    const ms = Date.now() - began
    if (!arrived) process.exitCode = 1
    if (asked.format === 'json') return print(JSON.stringify({ at: act.at, id: done.id, ...arrived, ms }))
    if (!arrived) return print(`It has not arrived within ${PATIENCE_MS / 1_000} s. Look: npm run tl -- status`)
    const places = act.to.map((system) => `${TITLES[system] ?? system} has it as ${arrived.there[system]!}`)
    print(`✔ ${places.join(', ')}, ${(ms / 1_000).toFixed(1)} s later`)
    print(`  ${hub.endpoint.url}/console/records/${arrived.record}`)
  })
}

const TITLES: Readonly<Record<string, string>> = { hubspot: 'HubSpot', salesforce: 'Salesforce', github: 'GitHub', cms: 'The CMS' }

/** Waits until every other side has agreed on what was done. */
async function arrival(hub: Client, act: Act, done: Done): Promise<Arrived | null> {
  const end = Date.now() + PATIENCE_MS
  while (Date.now() < end) {
    const query = new URLSearchParams({ connection: act.at, externalId: done.id })
    const { items } = await hub.get<{ items: readonly { id: string }[] }>(`/v1/records?${query.toString()}`)
    for (const { id } of items) {
      const record = await hub.get<ShownRecord>(`/v1/records/${id}`)
      const there = act.to.map((system) => record.links.find((link) => isThere(link, system, done)))
      if (there.every((link) => link !== undefined))
        return { record: id, there: Object.fromEntries(there.map((link) => [link.connection, link.externalId!])) }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return null
}

function isThere(link: ShownRecord['links'][number], system: string, { field }: Done): boolean {
  if (link.connection !== system || link.externalId === null) return false
  return field === undefined || link.agreed[field.name]?.value === field.value
}

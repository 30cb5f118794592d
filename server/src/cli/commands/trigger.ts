import { Argument, type Command } from 'commander'
import { changeContact, createLead, type Person } from '../../demo/vendor.ts'
import { connectToHub, type Client } from '../client.ts'
import { sandboxOf } from '../sandbox.ts'
import { toHub, type Asked } from '../options.ts'
import { print, say } from '../output.ts'

const LOOK_MS = 50
const PATIENCE_MS = 10_000

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

export function addTrigger(program: Command): void {
  toHub(
    program
      .command('trigger')
      .description('demo: change something in HubSpot as a person would, and watch it arrive in Salesforce')
      .addArgument(new Argument('<what>').choices(['lead.created', 'contact.changed'])),
  ).action(async (what: 'lead.created' | 'contact.changed', asked: Asked) => {
    const hub = connectToHub(asked)
    const hubspot = sandboxOf(hub.endpoint, 'hubspot')
    const began = Date.now()
    const person: Person & { readonly jobTitle?: string } =
      what === 'lead.created' ? await createLead(hubspot) : await changeContact(hubspot)
    say(
      `HubSpot: ${what === 'lead.created' ? 'created' : `job title is now "${person.jobTitle}" for`} contact ${person.id}, ${person.name}`,
    )
    const arrived = await arrival(hub, person)
    const ms = Date.now() - began
    if (asked.format === 'json') print(JSON.stringify({ contact: person.id, ...arrived, ms }))
    else if (arrived) {
      print(`✔ Salesforce has it as ${arrived.externalId}, ${(ms / 1_000).toFixed(1)} s later`)
      print(`  ${hub.endpoint.url}/console/records/${arrived.record}`)
    } else print(`It has not arrived within ${PATIENCE_MS / 1_000} s. Look: npm run tl -- status`)
    if (!arrived) process.exitCode = 1
  })
}

/** Waits until both sides have agreed on what HubSpot holds now. */
async function arrival(
  hub: Client,
  person: Person & { readonly jobTitle?: string },
): Promise<{ record: string; externalId: string } | null> {
  const end = Date.now() + PATIENCE_MS
  while (Date.now() < end) {
    const query = new URLSearchParams({ connection: 'hubspot', externalId: person.id })
    const { items } = await hub.get<{ items: readonly { id: string }[] }>(`/v1/records?${query.toString()}`)
    if (items[0]) {
      const record = await hub.get<ShownRecord>(`/v1/records/${items[0].id}`)
      const link = record.links.find((one) => one.connection === 'salesforce' && one.externalId !== null)
      const isThere = link && (person.jobTitle === undefined || link.agreed['jobTitle']?.value === person.jobTitle)
      if (isThere) return { record: record.id, externalId: link.externalId! }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return null
}

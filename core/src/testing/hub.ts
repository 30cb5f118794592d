import { loadRegistry, parseMapping } from '@throughline/contracts'
import { systemClock } from '../clock.ts'
import { createStore, type Store } from '../db/index.ts'
import { drivers, type Opened } from '../db/testing/drivers.ts'
import { createHub, type Hub } from '../hub.ts'
import { createIds } from '../ids.ts'
import { createVendor, type Vendor } from './vendor.ts'

const registry = loadRegistry()

function mapping(connector: string, authority = 'latest'): ReturnType<typeof parseMapping> {
  const field = (name: string, codec: string): string =>
    `  - { field: ${name}, remote: ${name}, direction: both, authority: ${authority}, codec: ${codec} }`
  return parseMapping(
    `mapping: ${connector}.people
version: 1.0.0
connector: ${connector}
stream: people
entity: person
create: true
deletes: unlink
match: [email]
fields:
${field('email', 'email')}
${field('firstName', 'text')}
${field('lastName', 'text')}
`,
    `${connector}.yaml`,
  )
}

/** A hub between two in-memory vendors, `left` and `right`, with everything in reach. */
export interface Bench {
  /** Stops the hub and removes the database. */
  close(): Promise<void>
  readonly opened: Opened
  readonly store: Store
  readonly hub: Hub
  readonly left: Vendor
  readonly right: Vendor
  readonly failures: string[]
}

export interface BenchOptions {
  readonly authority?: string
  readonly pollMs?: number
  /** The right vendor keeps no id of ours. */
  readonly keyless?: boolean
}

export async function createBench(driver: keyof typeof drivers, options: BenchOptions = {}): Promise<Bench> {
  const { authority = 'latest', pollMs = 50, keyless = false } = options
  const left = createVendor('left', Date.now)
  const right = createVendor('right', Date.now, { keyless })
  const opened = await drivers[driver]()
  const ids = createIds(systemClock)
  const store = createStore(opened.db, { ids, clock: systemClock })
  const failures: string[] = []
  const setup = (vendor: Vendor) => ({
    name: vendor.connector.name,
    connector: vendor.connector,
    config: {},
    mappings: [mapping(vendor.connector.name, authority)],
    pollMs,
    fetch,
  })
  const hub = createHub({
    store,
    clock: systemClock,
    ids,
    node: 'one',
    registry,
    connections: [setup(left), setup(right)],
    systems: ['left', 'right'],
    exclusive: true,
    tuning: { paceMs: 20 },
    log: (message, details) => failures.push(`${message} ${JSON.stringify(details)}`),
  })
  const close = async (): Promise<void> => {
    await hub.stop()
    await store.close()
    await opened.remove()
  }
  return { close, opened, store, hub, left, right, failures }
}

/** Waits until something holds; fails after `ms`. */
export async function until(what: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The vendor's objects. */
export const only = (vendor: Vendor) => [...vendor.things.values()]

/** The webhook request that tells of an object. */
export const webhook = (vendor: Vendor, id: string) => ({
  method: 'POST',
  url: 'http://hub/hooks/left',
  headers: { 'x-signature': 's', authorization: 'Bearer secret' },
  body: Buffer.from(JSON.stringify(vendor.signal(id))),
  receivedAt: Date.now(),
})

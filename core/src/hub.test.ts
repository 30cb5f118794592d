import { loadRegistry, parseMapping } from '@throughline/contracts'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from './clock.ts'
import { createStore, type Store } from './db/index.ts'
import { drivers, type Opened } from './db/testing/drivers.ts'
import { createHub, type Hub } from './hub.ts'
import { createIds } from './ids.ts'
import { createVendor, type Vendor } from './testing/vendor.ts'

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

interface Bench {
  readonly opened: Opened
  readonly store: Store
  readonly hub: Hub
  readonly left: Vendor
  readonly right: Vendor
  readonly failures: string[]
}

let running: Bench | undefined
afterEach(async () => {
  await running?.hub.stop()
  await running?.store.close()
  await running?.opened.remove()
  running = undefined
})

async function bench(driver: keyof typeof drivers, authority?: string): Promise<Bench> {
  const left = createVendor('left', Date.now)
  const right = createVendor('right', Date.now)
  const opened = await drivers[driver]()
  const ids = createIds(systemClock)
  const store = createStore(opened.db, { ids, clock: systemClock })
  const failures: string[] = []
  const setup = (vendor: Vendor) => ({
    name: vendor.connector.name,
    connector: vendor.connector,
    config: {},
    mappings: [mapping(vendor.connector.name, authority)],
    pollMs: 50,
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
  running = { opened, store, hub, left, right, failures }
  return running
}

async function until(what: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const only = (vendor: Vendor) => [...vendor.things.values()]

describe.each(['memory', 'file', 'server'] as const)('the hub on %s', (driver) => {
  test('a person made on one side arrives on the other, an edit there comes back, and then it is quiet', async () => {
    const { hub, left, right, failures } = await bench(driver)
    const id = left.edit(null, { email: 'Ana@Example.com ', firstName: 'Ana', lastName: null })
    await hub.start()
    await until(() => right.things.size === 1)
    expect(only(right)[0]!.properties).toMatchObject({ email: 'ana@example.com', firstName: 'Ana' })
    right.edit(only(right)[0]!.id, { lastName: 'Silva' })
    await until(() => left.things.get(id)!.properties.lastName === 'Silva')
    const writes = left.writes.length + right.writes.length
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(left.writes.length + right.writes.length).toBe(writes)
    expect(failures).toEqual([])
  })

  test('a thousand creates go out in full batches, and none twice', async () => {
    const { hub, left, right } = await bench(driver)
    await hub.start()
    await until(async () => (await running!.store.all('SELECT 1 AS x FROM cursors WHERE caught_up_at IS NOT NULL')).length === 2)
    await hub.pause('right', 'test', 'import')
    for (let i = 0; i < 1_000; i++) left.edit(null, { email: `p${i}@example.com`, firstName: `P${i}` })
    await until(async () => (await running!.store.all<{ n: number }>('SELECT count(*) AS n FROM records'))[0]!.n === 1_000)
    await hub.resume('right', 'test')
    await until(() => right.things.size === 1_000)
    expect(right.writes.length).toBe(10)
  })

  test('objects that exist on both sides are matched by e-mail, not doubled', async () => {
    const { hub, left, right } = await bench(driver)
    for (let i = 0; i < 20; i++) {
      left.edit(null, { email: `p${i}@example.com`, firstName: 'Left', lastName: null })
      right.edit(null, { email: `p${i}@example.com`, firstName: null, lastName: 'Right' })
    }
    await hub.start()
    await until(() =>
      [...only(left), ...only(right)].every((thing) => thing.properties.firstName === 'Left' && thing.properties.lastName === 'Right'),
    )
    expect([left.things.size, right.things.size]).toEqual([20, 20])
  })

  test('an outage delays and loses nothing', async () => {
    const { hub, left, right } = await bench(driver)
    let isDown = true
    right.before = (call) => {
      if (isDown && call === 'write') throw new Error('503')
    }
    await hub.start()
    for (let i = 0; i < 50; i++) left.edit(null, { email: `p${i}@example.com`, firstName: 'a' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(right.things.size).toBe(0)
    isDown = false
    await until(() => right.things.size === 50, 20_000)
  })
})

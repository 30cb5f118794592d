import { afterEach, describe, expect, test } from 'vitest'
import type { drivers } from './db/testing/drivers.ts'
import { createBench, only, until, webhook, type Bench, type BenchOptions } from './testing/hub.ts'

let running: Bench | undefined
afterEach(async () => {
  await running?.close()
  running = undefined
})

async function bench(driver: keyof typeof drivers = 'memory', options: BenchOptions = {}): Promise<Bench> {
  running = await createBench(driver, options)
  return running
}

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
    const { hub, store, left, right } = await bench(driver)
    await hub.start()
    await until(async () => (await store.all('SELECT 1 AS x FROM cursors WHERE caught_up_at IS NOT NULL')).length === 2)
    await hub.pause('right', 'test', 'import')
    for (let i = 0; i < 1_000; i++) left.edit(null, { email: `p${i}@example.com`, firstName: `P${i}` })
    await until(async () => (await store.all<{ n: number }>('SELECT count(*) AS n FROM records'))[0]!.n === 1_000)
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

test('a webhook is stored once however often it comes, and brings the change without a poll', async () => {
  const { hub, store, left, right } = await bench('memory', { pollMs: 60_000 })
  await hub.start()
  await until(async () => (await store.all('SELECT 1 AS x FROM cursors WHERE caught_up_at IS NOT NULL')).length === 2)
  const id = left.edit(null, { email: 'a@b.co', firstName: 'Ana' })
  const request = webhook(left, id)
  await Promise.all([hub.accept('left', request), hub.accept('left', request), hub.accept('left', request)])
  await hub.accept('left', request)
  await until(() => right.things.size === 1)
  expect(await store.all("SELECT count(*) AS n FROM events WHERE type = 'signal.changed'")).toEqual([{ n: 1 }])
  expect(JSON.stringify(await store.all('SELECT headers FROM requests'))).not.toContain('secret')
})

test('every event of the log ends in one effect', async () => {
  const { hub, store, left } = await bench()
  await hub.start()
  for (let i = 0; i < 30; i++) left.edit(null, { email: i % 3 ? `p${i}@example.com` : 'not an address', firstName: `P${i}` })
  await until(async () => (await store.all<{ n: number }>('SELECT count(*) AS n FROM records'))[0]!.n === 30)
  await until(
    async () =>
      (await store.all<{ n: number }>('SELECT count(*) AS n FROM events WHERE seq NOT IN (SELECT event FROM effects)'))[0]!.n === 0,
  )
})

test('a field that cannot be read is left alone and told; the others go on', async () => {
  const { hub, store, left, right } = await bench()
  left.edit(null, { email: 'not an address', firstName: 'Ana' })
  await hub.start()
  await until(() => right.things.size === 1)
  expect(only(right)[0]!.properties).toMatchObject({ firstName: 'Ana' })
  expect(only(left)[0]!.properties.email).toBe('not an address')
  const [trouble] = await store.all<{ class: string; detail: string }>('SELECT class, detail FROM exceptions')
  expect(trouble!.class).toBe('data invalid')
  expect(trouble!.detail).not.toContain('not an address')
})

test('a refused write is a dead letter with its request and answer, blocks nobody else, and can be driven again', async () => {
  const { hub, store, left, right } = await bench()
  const exchange = { method: 'PATCH', path: '/people/1', request: '{"firstName":"Bad"}', status: 400, answer: '{"error":"no"}' }
  right.refuse = ({ patch }) => (patch.firstName === 'Bad' ? { next: 'reject', why: 'firstName is not allowed', exchange } : undefined)
  left.edit(null, { email: 'bad@example.com', firstName: 'Bad' })
  left.edit(null, { email: 'good@example.com', firstName: 'Good' })
  await hub.start()
  const dead = () => store.all<{ id: string; exchange: string }>("SELECT id, exchange FROM deliveries WHERE state = 'dead'")
  await until(async () => (await dead()).length === 1)
  await until(() => right.things.size === 1)
  expect(JSON.parse((await dead())[0]!.exchange)).toEqual(exchange)
  expect(await store.all('SELECT class, state FROM exceptions')).toEqual([{ class: 'delivery failed', state: 'open' }])
  right.refuse = () => undefined
  expect(await hub.retry([(await dead())[0]!.id], 'ana')).toBe(1)
  await until(() => right.things.size === 2)
})

test('a clash under ask writes nothing, keeps both and opens one conflict', async () => {
  const { hub, store, left, right } = await bench('memory', { authority: 'ask' })
  const l = left.edit(null, { email: 'a@b.co', firstName: 'Left' })
  const r = right.edit(null, { email: 'a@b.co', firstName: 'Right' })
  await hub.start()
  await until(async () => (await store.all("SELECT 1 AS x FROM exceptions WHERE class = 'conflict'")).length === 1)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect([left.things.get(l)!.properties.firstName, right.things.get(r)!.properties.firstName]).toEqual(['Left', 'Right'])
})

test('an address that moves to another person takes its old owner along no more', async () => {
  const { hub, left, right } = await bench()
  const ana = left.edit(null, { email: 'sales@example.com', firstName: 'Ana' })
  await hub.start()
  await until(() => right.things.size === 1)
  left.edit(ana, { email: 'ana@example.com' })
  await until(() => only(right)[0]!.properties.email === 'ana@example.com')
  left.edit(null, { email: 'sales@example.com', firstName: 'Bob' })
  await until(() => right.things.size === 2)
  expect(
    only(right)
      .map((thing) => thing.properties.firstName)
      .toSorted(),
  ).toEqual(['Ana', 'Bob'])
})

test('what is deleted over there is unlinked and not written again', async () => {
  const { hub, store, left, right } = await bench()
  const id = left.edit(null, { email: 'a@b.co', firstName: 'Ana' })
  await hub.start()
  await until(() => right.things.size === 1)
  const other = only(right)[0]!.id
  right.remove(other)
  await until(async () => (await store.all("SELECT 1 AS x FROM links WHERE state = 'gone'")).length === 1)
  left.edit(id, { firstName: 'Anna' })
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(right.things.get(other)!.isDeleted).toBe(true)
  expect(right.things.size).toBe(1)
})

test('a create whose answer was lost is found again, where the vendor keeps our id', async () => {
  const { hub, store, left, right } = await bench()
  let isLost = true
  right.after = () => {
    if (isLost) {
      isLost = false
      throw new Error('answer lost')
    }
  }
  left.edit(null, { email: 'a@b.co', firstName: 'Ana' })
  await hub.start()
  await until(() => right.things.size === 1)
  await until(async () => (await store.all("SELECT 1 AS x FROM deliveries WHERE state = 'done'")).length === 1)
  expect(right.things.size).toBe(1)
  expect(right.writes.length).toBe(1)
})

test('where nothing tells whether a create landed, a person is asked and nothing is sent again', async () => {
  const { hub, store, left, right } = await bench('memory', { keyless: true })
  right.after = () => {
    throw new Error('answer lost')
  }
  left.edit(null, { email: null, firstName: 'Ana' })
  await hub.start()
  await until(async () => (await store.all("SELECT 1 AS x FROM deliveries WHERE state = 'dead'")).length === 1)
  expect(right.writes.length).toBe(1)
})

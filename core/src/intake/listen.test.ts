import { VendorError, type Connection, type Heard, type RawSignal } from '@throughline/sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createStore, migrate, openMemory, type Store } from '../db/index.ts'
import { createIds } from '../ids.ts'
import { createGate, type Gate } from '../gate/gate.ts'
import { listConnections } from '../watch/connections.ts'
import { createListen } from './listen.ts'

let time = 0
const clock = { now: () => time, sleep: () => new Promise<void>(() => {}) }
const ids = createIds(clock)
let store: Store
let gate: Gate
let woke: string[] = []
let logged: string[] = []

beforeEach(async () => {
  time = 1_000_000
  woke = []
  logged = []
  const db = openMemory()
  await migrate(db)
  store = createStore(db, { ids, clock })
  gate = createGate('left', 'left', { calls: 1_000, per: 1_000 }, store, clock)
})
afterEach(() => store.close())

const signal = (id: string, externalId = id): RawSignal => ({
  id,
  subject: { stream: 'people', externalId },
  type: 'changed',
  time: null,
  body: '{}',
})
const heard = (cursor: string, ...signals: RawSignal[]): Heard => ({ signals, cursor })

/** A vendor that says these pieces and then what `end` does; remembers from where it was asked. */
function speaker(pieces: readonly Heard[], end: () => void = () => {}, between: (n: number) => Promise<void> = async () => {}) {
  const asked: (string | null)[] = []
  const remote = {
    async *listen(cursor: string | null) {
      asked.push(cursor)
      for (const [n, piece] of pieces.entries()) {
        yield piece
        await between(n)
      }
      end()
    },
  } as unknown as Connection
  return { asked, remote }
}
function listener(remote: Connection, node = 'one') {
  const deps = { store, clock, ids, node, stop: new AbortController().signal }
  const log = (message: string, details: object): void => void logged.push(`${message} ${JSON.stringify(details)}`)
  return createListen({ connection: 'left', remote, gate }, { ...deps, woke: (stage) => void woke.push(stage), log })
}
const events = () => store.all<{ type: string; external_id: string }>('SELECT type, external_id FROM events ORDER BY seq')
const cursorOf = async (stream: string) =>
  (await store.all<{ cursor: string | null; next_at: number; lease_until: number }>('SELECT * FROM cursors WHERE stream = ?', [stream]))[0]

test('what is heard is in the log with its cursor before the next piece is asked for; repeats are left out', async () => {
  const seen: unknown[] = []
  const between = async (): Promise<void> => {
    seen.push([(await events()).length, (await cursorOf('~events'))?.cursor])
  }
  const { remote, asked } = speaker(
    [heard('a', signal('1'), signal('2')), heard('b'), heard('c', signal('2'), signal('3'))],
    undefined,
    between,
  )
  await listener(remote).step()
  expect(seen).toEqual([
    [2, 'a'],
    [2, 'b'],
    [3, 'c'],
  ])
  expect((await events()).map((event) => [event.type, event.external_id])).toEqual(['1', '2', '3'].map((id) => ['signal.changed', id]))
  expect(woke).toEqual(['apply', 'apply'])
  time += 60_000
  await listener(remote).step()
  expect(asked).toEqual([null, 'c'])
  expect(await events()).toHaveLength(3)
})

test('a gap sends the polls out: from where they are, or from the beginning, and a poll under way cannot undo that', async () => {
  const rows = `INSERT INTO cursors (connection, stream, cursor, caught_up_at, next_at, owner, fence, lease_until) VALUES ('left', ?, 'p', 5, 9999999, 'one', 7, 9999999)`
  for (const stream of ['people', 'firms', 'others']) await store.commit([{ sql: rows, params: [stream] }])
  const recent: Heard = { ...heard('a'), gap: { streams: ['people'], extent: 'recent', why: 'new here' } }
  const all: Heard = { ...heard('b'), gap: { streams: ['firms'], extent: 'all', why: 'too many' } }
  await listener(speaker([recent, all]).remote).step()
  expect(
    await store.all('SELECT stream, cursor, caught_up_at, next_at, fence, lease_until FROM cursors WHERE stream <> ? ORDER BY stream', [
      '~events',
    ]),
  ).toEqual([
    { stream: 'firms', cursor: null, caught_up_at: 5, next_at: 0, fence: 8, lease_until: 0 },
    { stream: 'others', cursor: 'p', caught_up_at: 5, next_at: 9_999_999, fence: 7, lease_until: 9_999_999 },
    { stream: 'people', cursor: 'p', caught_up_at: 5, next_at: 0, fence: 7, lease_until: 9_999_999 },
  ])
  expect(woke).toEqual(['poll', 'poll'])
  expect(logged.join()).toMatch(/new here.*too many/)
  // The place in the stream of events is no stream that people look at.
  expect((await listConnections(store)).flatMap((one) => one.streams.map((stream) => stream.name))).toEqual(['firms', 'others', 'people'])
})

test('one node listens; one that has lost its lease stores nothing more', async () => {
  const second = speaker([heard('x', signal('9'))])
  const steal = async (n: number): Promise<void> => {
    if (n > 0) return
    await listener(second.remote, 'two').step()
    expect(second.asked).toEqual([])
    time += 300_000
    await listener(second.remote, 'two').step()
  }
  const first = speaker([heard('a', signal('1')), heard('b', signal('2'))], undefined, steal)
  await listener(first.remote).step()
  expect(second.asked).toEqual(['a'])
  expect((await events()).map((event) => event.external_id)).toEqual(['1', '9'])
  expect((await cursorOf('~events'))?.cursor).toBe('x')
})

test('a stream that breaks is taken up again after a while; one that is refused much later, and without blame', async () => {
  const broken = (error: VendorError) =>
    speaker([], () => {
      throw error
    })
  const after = await listener(broken(new VendorError('retry', 'broke off', { at: time + 9e9 })).remote).step()
  expect(after.at).toBe(time + 3_600_000)
  expect((await cursorOf('~events'))?.lease_until).toBe(0)
  const trouble = async () => (await store.all<{ trouble: string | null }>('SELECT trouble FROM connections'))[0]?.trouble
  expect(await trouble()).toContain('broke off')
  await gate.report({ kind: 'ok' })
  time += 3_600_000
  const refused = await listener(broken(new VendorError('reject', 'no such channel')).remote).step()
  expect(refused.at).toBe(time + 600_000)
  expect(await trouble()).toBeNull()
  expect(logged.join()).toMatch(/broke off.*no such channel/)
})

import type { Connection, Heard } from '@throughline/sdk'
import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { serveConnected } from './sandbox/connect.ts'
import { HUMAN_USER } from './sandbox/index.ts'

const CHANNEL = '/data/ChangeEvents'
const served = (holdMs = 30, now?: () => number) =>
  serveConnected(salesforce, () => ({ changeEvents: CHANNEL }), { holdMs, ...(now ? { now } : {}) })
type Served = Awaited<ReturnType<typeof served>>
const plant = (it: Served, type: string, ...rows: object[]) => it.raw.admin<string[]>('plant', { type, rows })
const cursorOf = (replayId: number) => JSON.stringify({ channel: CHANNEL, replayId })

/** Listens in the background and keeps what it hears. Ends with the test's signal, or as the stream does. */
function ear(connection: Connection, from: string | null = null) {
  const stop = new AbortController()
  const heard: Heard[] = []
  let waiting = (): void => {}
  let isOver = false
  const ended = (async () => {
    for await (const piece of connection.listen!(from, stop.signal)) {
      heard.push(piece)
      waiting()
      if (heard.length > 2_000) throw new Error('the stream does not stop')
    }
  })().catch((error: unknown) => {
    isOver = true
    waiting()
    return error
  })
  return {
    heard,
    ended,
    signals: () => heard.flatMap((piece) => piece.signals),
    gaps: () => heard.flatMap((piece) => piece.gap ?? []),
    async until(condition: () => boolean): Promise<void> {
      const late = setTimeout(() => stop.abort(new Error('never heard')), 5_000)
      while (!condition() && !stop.signal.aborted && !isOver) await new Promise<void>((resolve) => (waiting = resolve))
      clearTimeout(late)
      if (!condition()) throw new Error('never heard')
    },
    async stop(): Promise<unknown> {
      stop.abort()
      return ended
    },
  }
}

test('without a channel nothing listens', async () => {
  await using it = await serveConnected(salesforce)
  expect(it.connection.listen).toBeUndefined()
})

test('what people do is heard at once, in its order; what came before the first listening is said to be a gap', async () => {
  await using it = await served()
  await plant(it, 'Contact', { LastName: 'Before' })
  const listener = ear(it.connection)
  await listener.until(() => listener.heard.length > 0)
  expect(listener.heard[0]).toMatchObject({
    signals: [],
    gap: { extent: 'recent', streams: ['contacts', 'leads', 'accounts', 'cases', 'tasks', 'opportunities', 'campaigns'] },
  })
  const [id = ''] = await plant(it, 'Contact', { LastName: 'A' })
  await it.raw.call('PATCH', `/sobjects/Contact/${id}`, { Title: 'CFO' })
  await it.raw.call('DELETE', `/sobjects/Contact/${id}`)
  await it.raw.admin('undelete', { type: 'Contact', id })
  const [ticket = ''] = await plant(it, 'Case', { Subject: 'S' })
  await listener.until(() => listener.signals().length >= 5)
  expect(listener.signals().map(({ subject, type }) => [subject?.stream, subject?.externalId, type])).toEqual([
    ['contacts', id, 'created'],
    ['contacts', id, 'changed'],
    ['contacts', id, 'deleted'],
    ['contacts', id, 'restored'],
    ['cases', ticket, 'created'],
  ])
  const ids = listener.signals().map((signal) => signal.id)
  expect(new Set(ids).size).toBe(5)
  const { time, body } = listener.signals()[1]!
  expect(Math.abs(Date.parse(time ?? '') - Date.now())).toBeLessThan(60_000)
  // A commit number that no JSON number holds is kept digit by digit.
  expect(body).toMatch(/"commitNumber":"90071992547409\d\d"/)
  expect(body).toContain(HUMAN_USER)
  expect(listener.gaps()).toHaveLength(1)
  await listener.stop()
})

test('a piece comes even when nothing happens, and each carries a cursor', async () => {
  await using it = await served(20)
  const listener = ear(it.connection)
  await listener.until(() => listener.heard.length >= 4)
  expect(listener.heard.map((piece) => piece.signals.length)).toEqual(listener.heard.map(() => 0))
  expect(new Set(listener.heard.map((piece) => piece.cursor)).size).toBe(1)
  await listener.stop()
})

test('what happened while nobody listened is heard after the stored cursor, once, and without a gap', async () => {
  await using it = await served()
  const first = ear(it.connection)
  await first.until(() => first.heard.length > 0)
  await plant(it, 'Lead', { LastName: 'L', Company: 'C' })
  await first.until(() => first.signals().length === 1)
  await first.stop()
  const missed = await plant(it, 'Lead', { LastName: 'M', Company: 'C' }, { LastName: 'N', Company: 'C' })
  const second = ear(it.connect(), first.heard.at(-1)!.cursor)
  await second.until(() => second.signals().length >= 2)
  const [late = ''] = await plant(it, 'Lead', { LastName: 'O', Company: 'C' })
  await second.until(() => second.signals().length >= 3)
  expect(second.signals().map((signal) => signal.subject?.externalId)).toEqual([...missed, late])
  expect(second.gaps()).toEqual([])
  await second.stop()
  // The same events again have the same ids: the hub knows them.
  const again = ear(it.connect(), first.heard.at(-1)!.cursor)
  await again.until(() => again.signals().length >= 3)
  expect(again.signals().map((signal) => signal.id)).toEqual(second.signals().map((signal) => signal.id))
  await again.stop()
})

test.each([
  ['an event older than 72 hours', () => cursorOf(1_000_000)],
  ['an id that never was', () => cursorOf(7)],
])('a cursor at %s is a gap to be polled, and listening goes on', async (_, cursor) => {
  await using it = await served()
  await plant(it, 'Contact', { LastName: 'A' })
  await it.raw.admin('forget')
  const listener = ear(it.connection, cursor())
  await listener.until(() => listener.heard.length > 0)
  expect(listener.heard[0]?.gap).toMatchObject({ extent: 'recent', why: expect.stringContaining('no longer keeps') })
  const [id = ''] = await plant(it, 'Contact', { LastName: 'B' })
  await listener.until(() => listener.signals().length > 0)
  expect(listener.signals()[0]?.subject?.externalId).toBe(id)
  await listener.stop()
})

test.each(['nonsense', '{}', 'null', JSON.stringify({ channel: '/data/Other__chn', replayId: 5 })])(
  'a cursor that means nothing here (%s) counts as none, and says so',
  async (cursor) => {
    await using it = await served()
    const listener = ear(it.connection, cursor)
    await listener.until(() => listener.heard.length > 0)
    expect(listener.gaps()).toMatchObject([{ extent: 'recent' }])
    await listener.stop()
  },
)

test('one event about many objects, changes without values, and changes that nobody lists', async () => {
  await using it = await served()
  const ids = await plant(it, 'Account', { Name: 'A' }, { Name: 'B' }, { Name: 'C' })
  const listener = ear(it.connection)
  await listener.until(() => listener.heard.length > 0)
  const event = (header: object) => it.raw.admin<number>('event', { type: 'Account', header })
  const many = await event({ recordIds: ids, changeType: 'UPDATE' })
  await event({ recordIds: [ids[0]], changeType: 'GAP_UPDATE' })
  await event({ recordIds: [ids[1]], changeType: 'GAP_DELETE' })
  await event({ recordIds: [], changeType: 'GAP_OVERFLOW' })
  await event({ recordIds: ['001*'], changeType: 'UPDATE' })
  await event({ recordIds: [ids[2], 'no id'], changeType: 'SOMETHING_NEW' })
  await listener.until(() => listener.signals().length >= 7)
  expect(listener.signals().map(({ id, subject, type }) => [subject?.externalId ?? id.replace(/^\d+/, ''), type])).toEqual([
    ...ids.map((id) => [id, 'changed']),
    [ids[0], 'changed'],
    [ids[1], 'deleted'],
    [ids[2], 'changed'],
    ['/no id', 'unreadable'],
  ])
  expect(
    listener
      .signals()
      .slice(0, 3)
      .map((signal) => signal.id),
  ).toEqual(ids.map((id) => `${many}/${id}`))
  expect(listener.gaps().slice(1)).toMatchObject([
    { streams: ['accounts'], extent: 'all', why: expect.stringContaining('100,000') },
    { streams: ['accounts'], extent: 'all', why: expect.stringContaining('without naming') },
  ])
  await listener.stop()
})

test('an event that is none becomes an unreadable item, and the rest is heard', async () => {
  await using it = await served()
  const listener = ear(it.connection)
  await listener.until(() => listener.heard.length > 0)
  await it.raw.admin('event', { type: 'Account', header: { changeType: 7 } })
  const [id = ''] = await plant(it, 'Account', { Name: 'A' })
  await listener.until(() => listener.signals().length >= 2)
  expect(listener.signals()).toMatchObject([
    { subject: null, type: 'unreadable', why: expect.stringContaining('header') },
    { subject: { externalId: id } },
  ])
  await listener.stop()
})

test('objects that no mapping uses are passed over, and the cursor with them', async () => {
  await using it = await served()
  const config = { instanceUrl: it.url, clientId: 'throughline', clientSecret: 'salesforce-secret', changeEvents: CHANNEL }
  const io = { fetch: globalThis.fetch, now: Date.now, fields: { contacts: ['LastName'] }, log: () => {} }
  const listener = ear(salesforce.connect(config, io))
  await listener.until(() => listener.heard.length > 0)
  expect(listener.gaps()[0]?.streams).toEqual(['contacts'])
  const before = listener.heard.at(-1)?.cursor
  await plant(it, 'Account', { Name: 'A' })
  await listener.until(() => listener.heard.at(-1)?.cursor !== before)
  expect(listener.signals()).toEqual([])
  await listener.stop()
})

test('a session that expires while listening is renewed once, and nothing is lost', async () => {
  await using it = await served()
  const listener = ear(it.connection)
  await listener.until(() => listener.heard.length > 0)
  const [first = ''] = await plant(it, 'Contact', { LastName: 'A' })
  await listener.until(() => listener.signals().length === 1)
  const grants = async () => (await it.raw.admin<{ grants: number }>('state', { records: false })).grants
  const before = await grants()
  await it.raw.admin('expire', { user: undefined })
  const [second = ''] = await plant(it, 'Contact', { LastName: 'B' })
  await listener.until(() => listener.signals().length >= 2)
  expect(listener.signals().map((signal) => signal.subject?.externalId)).toEqual([first, second])
  expect((await grants()) - before).toBe(1)
  expect(listener.gaps()).toHaveLength(1)
  await listener.stop()
})

test('a server that has forgotten us is greeted anew, from the last event', async () => {
  await using it = await served()
  const listener = ear(it.connection)
  await listener.until(() => listener.heard.length > 0)
  await plant(it, 'Contact', { LastName: 'A' })
  await listener.until(() => listener.signals().length === 1)
  const body = [
    { channel: '/meta/connect', successful: false, error: '403::Unknown client', advice: { reconnect: 'handshake', interval: 0 } },
  ]
  await it.raw.play({ kind: 'status', status: 200, body, match: 'cometd', times: 1 })
  await plant(it, 'Contact', { LastName: 'B' })
  await listener.until(() => listener.signals().length >= 2)
  expect(listener.gaps()).toHaveLength(1)
  await listener.stop()
})

const refusal = (channel: string, error: string) => [{ channel, successful: false, error, advice: { reconnect: 'none', interval: 0 } }]
test.each([
  ['an outage', { status: 503 }, 'retry'],
  ['a maintenance page', { status: 200, body: '<html></html>' }, 'unauthorised'],
  ['a redirect', { status: 302, body: {}, headers: { location: 'http://127.0.0.1:9/steal' } }, 'unauthorised'],
  ['a quota of calls', { status: 403 }, 'limited'],
  ['a session that is refused for good', { status: 401 }, 'unauthorised'],
  ['a denied handshake', { status: 200, body: refusal('/meta/handshake', '403::Handshake denied') }, 'unauthorised'],
  ['an answer to another question', { status: 200, body: refusal('/meta/other', '') }, 'retry'],
  [
    'the daily number of events',
    { status: 200, body: refusal('/meta/handshake', '403::Organization total events daily limit exceeded') },
    'retry',
  ],
])('%s ends the stream with what to do next', async (_, answer, next) => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', match: 'cometd', ...answer })
  const error = await ear(it.connection).ended
  expect(error).toMatchObject({ name: 'VendorError', next })
  const calls = Object.entries(it.sandbox.calls.byCall).filter(([call]) => call.includes('cometd'))
  expect(calls.reduce((sum, [, count]) => sum + count, 0)).toBeLessThanOrEqual(4)
  if (JSON.stringify(answer).includes('daily limit')) {
    expect((error as { at?: number }).at).toBeGreaterThan(Date.now() + 3_000_000)
  }
})

test('a channel that does not exist is for a person to mend', async () => {
  await using it = await serveConnected(salesforce, () => ({ changeEvents: '/data/Nothing' }), { holdMs: 30 })
  expect(await ear(it.connection).ended).toMatchObject({ next: 'reject', message: expect.stringContaining('/data/Nothing') })
})

test('a connection that breaks off is a retry, and an abort ends the stream at once', async () => {
  await using it = await served(20_000)
  const listener = ear(it.connection)
  await listener.until(() => listener.heard.length >= 2)
  await it.raw.play({ kind: 'dropBefore', match: 'cometd' })
  await plant(it, 'Contact', { LastName: 'A' })
  expect(await listener.ended).toMatchObject({ next: 'retry' })
  await it.raw.play()
  const other = ear(it.connect())
  await other.until(() => other.heard.length >= 2)
  const since = Date.now()
  await other.stop()
  expect(Date.now() - since).toBeLessThan(1_000)
})

test('a server that never holds a call, or repeats its events for ever, is left alone after a while', async () => {
  await using it = await served()
  const event = {
    channel: CHANNEL,
    data: { payload: { ChangeEventHeader: { entityName: 'X', recordIds: ['1'], changeType: 'UPDATE' } }, event: { replayId: 5 } },
  }
  for (const extra of [[], [event]]) {
    let calls = 0
    const liar: typeof fetch = async (input, init) => {
      if (!String(input).includes('cometd')) return fetch(input, init)
      calls += 1
      const [{ channel }] = JSON.parse(String(init?.body)) as [{ channel: string }]
      return Response.json([...(channel === '/meta/connect' ? extra : []), { channel, successful: true, clientId: 'c' }])
    }
    const config = { instanceUrl: it.url, clientId: 'throughline', clientSecret: 'salesforce-secret', changeEvents: CHANNEL }
    const connection = salesforce.connect(config, { fetch: liar, now: Date.now, fields: {}, log: () => {} })
    expect(await ear(connection).ended).toMatchObject({ next: 'retry', message: expect.stringContaining('nothing new') })
    expect(calls).toBeLessThan(30)
  }
})

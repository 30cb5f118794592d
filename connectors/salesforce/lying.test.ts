import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { createOf, drain, FIELDS, serveConnected, updateOf } from './sandbox/connect.ts'
import { makeId } from './sandbox/ids.ts'

const served = () => serveConnected(salesforce)
type Served = Awaited<ReturnType<typeof served>>
const ids = Array.from({ length: 6 }, (_, n) => makeId('003', n + 1))
const row = (id: string, second = 0) => ({ Id: id, SystemModstamp: `2026-11-20T12:00:0${second}.000+0000`, IsDeleted: false })
const page = (records: readonly object[], done = true) => ({ done, totalSize: records.length, records })

/** Every way of reading. */
const readings = ({ connection, signal }: Served) => ({
  pull: () => drain(connection.pull('contacts', null, signal)),
  list: () => drain(connection.list('contacts', null, signal)),
  read: () => connection.read('contacts', ids.slice(0, 2), signal),
  find: () => connection.find('contacts', 'Email', ['a@x.example'], signal),
})

test.each([
  ['an empty page that is not the last', page([], false)],
  ['a page without records', { done: true }],
  ['records without an end', { records: [] }],
  ['a record that is no object', page(['x'] as unknown as object[])],
  ['a record without id', page([{ SystemModstamp: '2026-11-20T12:00:00.000+0000' }])],
])('%s is no end and no absence', async (_, body) => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status: 200, body, match: 'query' })
  for (const name of ['pull', 'list', 'find'] as const)
    await expect(readings(it)[name](), name).rejects.toMatchObject({ name: 'VendorError' })
})

test.each([
  ['list', page([row(ids[1]!), row(ids[0]!)]), 'order'],
  ['list', page([row(ids[0]!), row(ids[0]!)]), 'repeats'],
  ['pull', page([row(ids[0]!, 5), row(ids[1]!, 3), row(ids[2]!, 6)]), 'order'],
  ['pull', page([{ Id: ids[0], IsDeleted: false }]), 'SystemModstamp'],
] as const)('a %s out of order ends with an error', async (name, body, why) => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status: 200, body, match: 'query' })
  await expect(readings(it)[name]()).rejects.toThrow(why)
})

test('a list whose second page goes back to the first is stopped there', async () => {
  await using it = await served()
  const all = Array.from({ length: 2_000 }, (_, n) => row(makeId('003', n + 1)))
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status: 200, body: page(all, false), match: 'query' })
  const seen: number[] = []
  const reading = drain(it.connection.list('contacts', null, it.signal), async ({ records }) => void seen.push(records.length))
  await expect(reading).rejects.toThrow('does not get ahead')
  expect(seen).toEqual([2_000])
})

test.each([
  ['fewer answers than ids', [row(ids[0]!)]],
  ['more answers than ids', ids.slice(0, 3).map((id) => row(id))],
  ['answers in another order', [row(ids[1]!), row(ids[0]!)]],
  ['the same object twice', [row(ids[0]!), row(ids[0]!)]],
  ['an object instead of a list', row(ids[0]!)],
])('a reading by ids with %s is not believed', async (_, body) => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status: 200, body, match: 'POST .*composite' })
  await expect(readings(it).read()).rejects.toMatchObject({ name: 'VendorError', next: 'retry' })
})

test('a find takes no object that does not carry the value', async () => {
  await using it = await served()
  const body = page([
    { ...row(ids[0]!), Email: 'other@x.example' },
    { ...row(ids[1]!), Email: null },
    { ...row(ids[2]!), Email: 'A@x.example' },
  ])
  await it.raw.play({ kind: 'status', status: 200, body, match: 'query' })
  const found = await it.connection.find('contacts', 'Email', ['a@x.example'], it.signal)
  expect(found.get('a@x.example')?.map((record) => record.id)).toEqual([ids[2]])
})

/** The hub's fetch with one kind of call answered by somebody else. */
function connectWith(
  it: Served,
  match: (url: string, method: string) => boolean,
  answer: () => Response | Promise<Response>,
  now = Date.now,
) {
  const lying: typeof fetch = async (input, init) => (match(String(input), init?.method ?? 'GET') ? answer() : fetch(input, init))
  const config = { instanceUrl: it.url, clientId: 'throughline', clientSecret: 'salesforce-secret' }
  return salesforce.connect(config, { fetch: lying, now, fields: FIELDS, log: () => {} })
}

test.each([
  ['text/html', '<html>down</html>'],
  ['application/json', '<html>down</html>'],
  ['application/xml', '<records><Id>1</Id></records>'],
  ['text/csv', 'Id,Name\n1,A'],
  ['text/plain', 'OK'],
  ['application/json', ''],
  ['application/json', 'null'],
  ['application/json', '{"records":'],
])('200 with %s and %s is neither data nor a success', async (type, text) => {
  await using it = await served()
  const answer = () => new Response(text, { status: 200, headers: { 'content-type': type } })
  const connection = connectWith(it, (url) => url.includes('/services/data/'), answer)
  for (const [name, reading] of Object.entries(readings({ ...it, connection })))
    await expect(reading(), name).rejects.toMatchObject({ name: 'VendorError' })
  const results = await connection.write('contacts', [createOf(1), createOf(2)], it.signal)
  expect(results.map((result) => result.next)).toEqual(['unknown', 'unknown'])
})

test('a token that expires between two pages is renewed, and no page is lost', async () => {
  await using it = await served()
  const rows = Array.from({ length: 4_100 }, (_, n) => ({ LastName: `L${n}` }))
  const planted = await it.raw.admin<string[]>('plant', { type: 'Contact', rows })
  for (const name of ['pull', 'list'] as const) {
    const reading = name === 'pull' ? it.connection.pull('contacts', null, it.signal) : it.connection.list('contacts', null, it.signal)
    const { records } = await drain(reading, async () => void (await it.raw.admin('expire')))
    expect(records.map((record) => record.id)).toEqual(planted)
  }
})

test.each([-7_200_000, 7_200_000])('our clock %i ms off: a pull misses nothing and goes on where it was', async (off) => {
  await using it = await served()
  const connection = connectWith(
    it,
    () => false,
    () => Response.error(),
    () => Date.now() + off,
  )
  const [first = ''] = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'A' }] })
  const before = await drain(connection.pull('contacts', null, it.signal))
  const [second = ''] = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'B' }] })
  const after = await drain(connection.pull('contacts', before.cursor, it.signal))
  expect(new Set([...before.records, ...after.records].map((record) => record.id))).toEqual(new Set([first, second]))
  expect(await connection.write('contacts', [updateOf(first, { Title: 'CFO' })], it.signal)).toMatchObject([{ next: 'done' }])
})

test('a redirect to another host is not followed, and the token does not leave', async () => {
  await using it = await served()
  const visits: string[] = []
  const other = createServer((request, response) => {
    visits.push(String(request.headers.authorization))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"records":[],"done":true}')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`
  try {
    await it.connection.check(it.signal)
    for (const status of [301, 302, 303, 307, 308]) {
      await it.raw.play({ kind: 'status', status, headers: { location: elsewhere }, body: {} })
      for (const [name, reading] of Object.entries(readings(it)))
        await expect(reading(), `${name} ${status}`).rejects.toMatchObject({ next: 'unauthorised' })
      expect(await it.connection.write('contacts', [createOf(1)], it.signal)).toMatchObject([{ next: 'retry' }])
      // The log-in is not sent elsewhere either.
      await expect(it.connect().read('contacts', ids, it.signal)).rejects.toMatchObject({ name: 'VendorError' })
    }
    expect(visits).toEqual([])
  } finally {
    other.close()
  }
})

test('a limit that names an absurd time waits an hour at most', async () => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status: 403, headers: { 'retry-after': '999999999999999' } })
  const [result] = await it.connection.write('contacts', [createOf(1)], it.signal)
  const at = result?.next === 'retry' ? result.at : undefined
  expect(at).toBeGreaterThan(Date.now())
  expect(at).toBeLessThanOrEqual(Date.now() + 3_600_000)
})

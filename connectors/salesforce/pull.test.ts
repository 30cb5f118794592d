import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { drain, serveConnected } from './sandbox/connect.ts'
import { HUMAN_USER } from './sandbox/index.ts'
import { makeId } from './sandbox/ids.ts'

const ABSENT = makeId('003', 61)

const rows = (n: number, from = 0) => Array.from({ length: n }, (_, i) => ({ LastName: `L${from + i}`, Email: `p${from + i}@x.example` }))

/** A sandbox whose clock stands still until it is moved: stamps are equal for as long as the test wants. */
async function frozen(overlapMs = 5_000) {
  const clock = { now: Date.parse('2026-11-20T12:00:00.400Z') }
  const it = await serveConnected(salesforce, () => ({ overlapMs }), { now: () => clock.now })
  return Object.assign(it, { clock })
}

test('a thousand equal time stamps and more than a page of them: nothing is missed, nothing comes twice', async () => {
  await using it = await frozen()
  const ids = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(4_300) })
  await it.raw.call('DELETE', `/sobjects/Contact/${ids[3_000]}`)
  const { records, pages } = await drain(it.connection.pull('contacts', null, it.signal))
  expect(records.map((record) => record.id)).toEqual(ids)
  expect(pages).toBe(3)
  expect(records[3_000]?.state).toBe('deleted')
  expect(records[0]).toMatchObject({
    state: 'live',
    modifiedText: '2026-11-20T12:00:00.000+0000',
    modifiedAt: Date.parse('2026-11-20T12:00:00Z'),
    actor: HUMAN_USER,
  })
})

test('an edit within the same second as the last one read is not missed, whatever its id', async () => {
  await using it = await frozen()
  const [early, late] = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(2) })
  const first = await drain(it.connection.pull('contacts', null, it.signal))
  await it.raw.call('PATCH', `/sobjects/Contact/${early}`, { Title: 'again' })
  const second = await drain(it.connection.pull('contacts', first.cursor, it.signal))
  expect(second.records.find((record) => record.id === early)?.body).toMatchObject({ Title: 'again' })
  expect(second.records.map((record) => record.id)).toEqual([early, late])
})

test('what has settled is not read again: an idle stream answers nothing', async () => {
  await using it = await frozen()
  await it.raw.admin('plant', { type: 'Contact', rows: rows(3) })
  const first = await drain(it.connection.pull('contacts', null, it.signal))
  it.clock.now += 2_000
  const second = await drain(it.connection.pull('contacts', first.cursor, it.signal))
  expect(second.records).toHaveLength(3)
  it.clock.now += 5_000
  const third = await drain(it.connection.pull('contacts', second.cursor, it.signal))
  expect(third.records).toHaveLength(3)
  for (let i = 0; i < 3; i++) expect((await drain(it.connection.pull('contacts', third.cursor, it.signal))).records).toEqual([])
  await it.raw.admin('plant', { type: 'Contact', rows: rows(1, 10) })
  expect((await drain(it.connection.pull('contacts', third.cursor, it.signal))).records).toHaveLength(1)
})

test('a change that becomes visible late, behind the cursor but within the overlap, is read', async () => {
  await using it = await frozen()
  await it.raw.admin('plant', { type: 'Contact', rows: rows(3) })
  const first = await drain(it.connection.pull('contacts', null, it.signal))
  const [late] = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(1, 10), at: it.clock.now - 4_000 })
  it.clock.now += 60_000
  const second = await drain(it.connection.pull('contacts', first.cursor, it.signal))
  expect(second.records.map((record) => record.id)).toContain(late)
})

test('a pull that is stopped after each page gets ahead all the same, and misses nothing', async () => {
  await using it = await frozen()
  const ids = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(5_000) })
  const seen = new Set<string>()
  let cursor: string | null = null
  for (let i = 0; i < 20; i++) {
    it.clock.now += 2_000
    for await (const page of it.connection.pull('contacts', cursor, it.signal)) {
      for (const record of page.records) seen.add(record.id)
      cursor = page.cursor
      break
    }
  }
  expect(seen.size).toBe(ids.length)
})

test('edits while paging are all delivered', async () => {
  await using it = await frozen()
  const ids = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(4_100), at: it.clock.now - 60_000 })
  const edited = [ids[0], ids[1_999], ids[2_500], ids[4_099]]
  const during = await drain(it.connection.pull('contacts', null, it.signal), async (_, n) => {
    const id = edited[n - 1]
    if (id !== undefined) await it.raw.call('PATCH', `/sobjects/Contact/${id}`, { Title: `edit ${n}` })
  })
  const after = await drain(it.connection.pull('contacts', during.cursor, it.signal))
  const newest = new Map([...during.records, ...after.records].map((record) => [record.id, record.body as Record<string, unknown>]))
  expect(newest.size).toBe(4_100)
  for (const [n, id] of edited.slice(0, 3).entries()) expect(newest.get(id!)?.['Title']).toBe(`edit ${n + 1}`)
})

test('deletes and merges come in the same order, with what they were merged into; restored ones live again', async () => {
  await using it = await frozen()
  const [kept = '', doomed = '', loser = ''] = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(3) })
  it.clock.now += 60_000
  const { cursor } = await drain(it.connection.pull('contacts', null, it.signal))
  await it.raw.call('DELETE', `/sobjects/Contact/${doomed}`)
  it.clock.now += 1_000
  await it.raw.admin('merge', { type: 'Contact', master: kept, losers: [loser] })
  const second = await drain(it.connection.pull('contacts', cursor, it.signal))
  expect(second.records.map(({ id, state, mergedInto }) => ({ id, state, mergedInto }))).toEqual([
    { id: doomed, state: 'deleted', mergedInto: undefined },
    { id: kept, state: 'live', mergedInto: undefined },
    { id: loser, state: 'deleted', mergedInto: kept },
  ])
  const read = await it.connection.read('contacts', [loser, kept, doomed, 'no id', ABSENT, '003gL0000000zzzBBB'], it.signal)
  expect([...read].map(([id, record]) => [id, record?.state ?? null, record?.mergedInto])).toEqual([
    [loser, 'deleted', kept],
    [kept, 'live', undefined],
    [doomed, 'deleted', undefined],
    ['no id', null, undefined],
    [ABSENT, null, undefined],
    ['003gL0000000zzzBBB', null, undefined],
  ])
  it.clock.now += 1_000
  await it.raw.admin('undelete', { type: 'Contact', id: doomed })
  const third = await drain(it.connection.pull('contacts', second.cursor, it.signal))
  expect(third.records.at(-1)).toMatchObject({ id: doomed, state: 'live' })
})

test('one state has one body, whichever way it is read', async () => {
  await using it = await frozen()
  const [id = ''] = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(1) })
  const [pulled] = (await drain(it.connection.pull('contacts', null, it.signal))).records
  const [listed] = (await drain(it.connection.list('contacts', null, it.signal))).records
  const read = (await it.connection.read('contacts', [id], it.signal)).get(id)
  const [found] = (await it.connection.find('contacts', 'Email', ['p0@x.example'], it.signal)).get('p0@x.example') ?? []
  const bodies = [pulled, listed, read, found].map((record) => JSON.stringify(record?.body))
  expect(new Set(bodies).size).toBe(1)
})

test('a list goes by id, from wherever it is taken up, without the deleted', async () => {
  await using it = await frozen()
  const ids = await it.raw.admin<string[]>('plant', { type: 'Contact', rows: rows(4_001) })
  await it.raw.call('DELETE', `/sobjects/Contact/${ids[7]}`)
  const living = ids.filter((_, i) => i !== 7)
  expect((await drain(it.connection.list('contacts', null, it.signal))).records.map((record) => record.id)).toEqual(living)
  expect((await drain(it.connection.list('contacts', ids[3_990] ?? '', it.signal))).records.map((record) => record.id)).toEqual(
    ids.slice(3_991),
  )
})

test('a vendor that repeats its pages, or a cursor that is none, ends the reading with an error', async () => {
  await using it = await frozen()
  const page = {
    done: true,
    totalSize: 2_000,
    records: Array.from({ length: 2_000 }, () => ({ Id: ABSENT, SystemModstamp: '2026-11-20T12:00:00.000+0000' })),
  }
  await it.raw.play({ kind: 'status', status: 200, body: page, match: 'query' })
  await expect(drain(it.connection.pull('contacts', null, it.signal))).rejects.toThrow('does not get ahead')
  await expect(drain(it.connection.list('contacts', null, it.signal))).rejects.toThrow('does not get ahead')
  for (const cursor of ['nonsense', '{}', '{"time":1,"id":2,"redo":null}']) {
    await expect(drain(it.connection.pull('contacts', cursor, it.signal))).rejects.toMatchObject({ next: 'reject' })
  }
})

test('a page instead of data is neither emptiness nor success', async () => {
  await using it = await frozen()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'garbage' })
  for (const call of [
    () => drain(it.connection.pull('contacts', null, it.signal)),
    () => drain(it.connection.list('contacts', null, it.signal)),
    () => it.connection.read('contacts', [ABSENT], it.signal),
    () => it.connection.find('contacts', 'Email', ['a@x.example'], it.signal),
  ]) {
    await expect(call()).rejects.toMatchObject({ name: 'VendorError' })
  }
})

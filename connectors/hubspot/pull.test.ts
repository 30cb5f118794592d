import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OVERLAP_MS } from './cursor.ts'
import { type HubspotSandbox, serveHubspot } from './sandbox/index.ts'
import { connectTo, gather, live } from './testing.ts'

let sandbox: HubspotSandbox
const ids = () => [...sandbox.store.shelf('contacts').live.values()].map((version) => version.id)
const edit = (id: string, phone: string) => sandbox.store.update('contacts', id, { phone }, sandbox.human)
// Both clocks go together, unless a test says otherwise.
const pull = (cursor: string | null) => connectTo(sandbox, {}, { now: () => sandbox.clock.now() }).pull('contacts', cursor, live())
const post = (verb: string, body?: unknown) =>
  fetch(`${sandbox.url}/_sandbox/${verb}`, { method: 'POST', body: JSON.stringify(body ?? {}) })
const shift = (shiftMs: number) => sandbox.clock.set({ shiftMs })

beforeAll(async () => {
  sandbox = await serveHubspot(0)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await post('reset')
  sandbox.faults.set([])
  sandbox.clock.set({ freeze: false })
  sandbox.settings.indexLagMs = 0
})

describe('paging', () => {
  it('gives everything once, oldest first, at 200 a call', async () => {
    sandbox.seed({ people: 1_000 })
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    const { records } = await gather(pull(null))
    expect(records.map((record) => record.id)).toEqual(ids())
    expect(sandbox.calls.reads).toBeLessThanOrEqual(7)
    const times = records.map((record) => record.modifiedAt!)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it.each([
    [1, 1_000, 1],
    [150, 1_000, 150],
    [199, 201, 0],
    [200, 200, 200],
  ])('misses nothing with %i before, %i at one time, %i after', async (before, equal, after) => {
    for (const [count, at] of [
      [before, 1_000],
      [equal, 2_000],
      [after, 3_000],
    ] as const) {
      for (let index = 0; index < count; index += 1) sandbox.store.plant('contacts', {}, at)
    }
    const { records } = await gather(pull(null))
    expect(records.map((record) => record.id)).toEqual(ids())
  })

  it('goes beyond the 10,000 results of one search', async () => {
    sandbox.seed({ people: 10_500, times: 'equal' })
    const { records } = await gather(pull(null))
    expect(new Set(records.map((record) => record.id)).size).toBe(10_500)
  })

  it('goes on from any page, also amid one time', async () => {
    for (let index = 0; index < 700; index += 1) sandbox.store.plant('contacts', {}, index < 300 ? index : 100_000)
    const cursors: string[] = []
    const lengths: number[] = []
    for await (const page of pull(null)) {
      cursors.push(page.cursor)
      lengths.push(page.records.length)
    }
    for (const [index, cursor] of cursors.entries()) {
      const { records } = await gather(pull(cursor))
      const done = lengths.slice(0, index + 1).reduce((sum, length) => sum + length, 0)
      expect(records.map((record) => record.id)).toEqual(ids().slice(done))
    }
    expect(cursors.length).toBeGreaterThan(3)
  })

  it('misses no edit while paging, and sees every object', async () => {
    sandbox.seed({ people: 900 })
    const all = ids()
    const seen = new Map<string, unknown>()
    let step = 0
    for await (const page of pull(null)) {
      for (const record of page.records) seen.set(record.id, (record.body as { properties: { phone: unknown } }).properties.phone)
      // One already seen, one on the border, one to come.
      for (const at of [10, 200 * (step + 1), 880]) if (step < 4) edit(all[at]!, `edit ${step}`)
      step += 1
    }
    expect(seen.size).toBe(900)
    for (const id of all) expect(seen.get(id)).toBe(sandbox.store.shelf('contacts').live.get(id)?.properties.phone ?? null)
  })
})

describe('a search that lies', () => {
  const row = (id: string) => ({ id, properties: { lastmodifieddate: '2026-01-01T00:00:00Z' }, updatedAt: '2026-01-01T00:00:00Z' })

  it.each([
    ['repeats a page', { results: [row('1')], paging: { next: { after: '1' } } }],
    ['promises more without giving any', { results: [], paging: { next: { after: '1' } } }],
  ])('is left when it %s', async (_, body) => {
    sandbox.faults.set([{ kind: 'status', status: 200, body, match: 'search' }])
    const ended = await gather(pull(null), 20).then(
      () => 'ended',
      (error: unknown) => (error as { next?: string }).next,
    )
    expect(['ended', 'reject', 'retry']).toContain(ended)
  })

  it('is left when what it shows by time it does not show by id', async () => {
    const results = Array.from({ length: 200 }, (_, index) => row(String(index + 1)))
    const liar: typeof fetch = async (_, init) =>
      Response.json({ results: String(init?.body).includes('"propertyName":"hs_object_id","direction"') ? [] : results })
    const lied = connectTo(sandbox, {}, { fetch: liar }).pull('contacts', null, live())
    await expect(gather(lied, 20)).rejects.toMatchObject({ next: 'retry' })
  })
})

describe('catching up', () => {
  it('repeats what is younger than the overlap, and nothing once it is older', async () => {
    sandbox.seed({ people: 300, times: 'equal' })
    const first = await gather(pull(null))
    const again = await gather(pull(first.cursor))
    expect(again.records).toHaveLength(300)
    shift(OVERLAP_MS + 2_000)
    const settled = await gather(pull(again.cursor))
    expect(settled.records).toHaveLength(300)
    const idle = await gather(pull(settled.cursor))
    expect([idle.records, idle.pages]).toEqual([[], 0])
    edit(ids()[7]!, 'new')
    expect((await gather(pull(settled.cursor))).records.map((record) => record.id)).toEqual([ids()[7]])
    shift(-OVERLAP_MS - 2_000)
  })

  it('sees a change that the index shows only after a later one has been pulled', async () => {
    sandbox.seed({ people: 2 })
    const { cursor } = await gather(pull(null))
    const [early, late] = ids()
    sandbox.settings.indexLagMs = 60_000
    edit(early!, 'early')
    // The later change gets into the index at once, the earlier one later.
    await new Promise((resolve) => setTimeout(resolve, 5))
    sandbox.store.shelf('contacts').index.add({ ...edit(late!, 'late'), updatedAt: Date.now() })
    const index = sandbox.store.shelf('contacts').index
    index.remove(early!)
    sandbox.settings.indexLagMs = 0
    const between = await gather(pull(cursor))
    expect(between.records.map((record) => record.id)).toEqual([late])
    index.add(sandbox.store.shelf('contacts').live.get(early!)!)
    expect((await gather(pull(between.cursor))).records.map((record) => record.id)).toContain(early)
  })

  it("trusts the clock that is behind: here the vendor's", async () => {
    sandbox.seed({ people: 2 })
    const hasty = connectTo(sandbox, {}, { now: () => Date.now() + 3_600_000 })
    edit(ids()[0]!, 'one')
    const { cursor } = await gather(hasty.pull('contacts', null, live()))
    expect((await gather(hasty.pull('contacts', cursor, live()))).records.map((record) => record.id)).toEqual([ids()[0]])
  })

  it('never goes back, even when the clock of the vendor does', async () => {
    sandbox.store.plant('contacts', {}, Date.now() - 60_000)
    const { cursor } = await gather(pull(null))
    sandbox.store.plant('contacts', {}, Date.now() - 50_000)
    shift(-3_600_000)
    const next = await gather(pull(cursor))
    shift(3_600_000)
    expect(next.records).toHaveLength(1)
    expect((await gather(pull(next.cursor))).records).toHaveLength(1)
  })

  it('gives a cursor even for an empty account, and refuses one that is not its own', async () => {
    const { cursor, records } = await gather(pull(null))
    expect([records, typeof cursor]).toEqual([[], 'string'])
    for (const forged of ['{}', '[1]', 'x', '["a","b",null,0,null]', '[0,"x",null,0,null]']) {
      await expect(gather(pull(forged))).rejects.toMatchObject({ next: 'reject' })
    }
  })
})

describe('what went away', () => {
  it('reports what was archived since the cursor, not what was before', async () => {
    sandbox.seed({ people: 5 })
    const [a, b, c] = ids()
    sandbox.clock.set({ shiftMs: -60_000 })
    sandbox.store.archive('contacts', a!, sandbox.human)
    sandbox.clock.set({ shiftMs: 60_000 })
    const { cursor } = await gather(pull(null))
    sandbox.store.archive('contacts', b!, sandbox.human)
    sandbox.store.archive('contacts', c!, sandbox.human)
    const next = await gather(pull(cursor))
    expect(next.records.filter((record) => record.state === 'deleted').map((record) => record.id)).toEqual([b, c])
    shift(OVERLAP_MS + 2_000)
    const settled = await gather(pull(next.cursor))
    expect((await gather(pull(settled.cursor ?? next.cursor))).records).toEqual([])
    shift(-OVERLAP_MS - 2_000)
  })

  it('walks a long list of archived objects over several pulls, and misses none, however slow', async () => {
    sandbox.seed({ people: 1_300 })
    const [behind, ...all] = ids()
    let { cursor } = await gather(pull(null))
    for (const id of all.slice(0, 1_200)) sandbox.store.archive('contacts', id, sandbox.human)
    const gone = new Set<string>()
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    for (let count = 0; count < 6; count += 1) {
      shift(60_000)
      const next = await gather(pull(cursor))
      for (const record of next.records) if (record.state === 'deleted') gone.add(record.id)
      cursor = next.cursor ?? cursor
      // The walk has passed its id already: only the next pass can find it.
      if (count === 0) sandbox.store.archive('contacts', behind!, sandbox.human)
    }
    shift(-360_000)
    expect(gone.size).toBe(1_201)
    expect(sandbox.calls.byCall['GET /crm/v3/objects/contacts']).toBeLessThanOrEqual(30)
  })

  it('reports merged objects with their winner', async () => {
    sandbox.seed({ people: 3 })
    const [a, b, c] = ids()
    const { cursor } = await gather(pull(null))
    sandbox.store.merge('contacts', a!, b!, sandbox.human)
    sandbox.store.merge('contacts', a!, c!, sandbox.human)
    const { records } = await gather(pull(cursor))
    expect(records).toMatchObject([
      { id: b, state: 'deleted', mergedInto: a },
      { id: c, state: 'deleted', mergedInto: a },
      { id: a, state: 'live' },
    ])
  })
})

it('pulls companies by their own time', async () => {
  sandbox.seed({ companies: 20 })
  expect((await gather(connectTo(sandbox).pull('companies', null, live()))).records).toHaveLength(20)
})

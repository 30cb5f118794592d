import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HubspotSandbox, serveHubspot } from './sandbox/index.ts'
import { connectTo, creating, deleting, live, nexts, updating } from './testing.ts'

let sandbox: HubspotSandbox
const contacts = () => (sandbox.state().contacts ?? []).flatMap((row) => ('properties' in row ? [row] : []))
const alive = () => contacts().filter((row) => !row.archived)

beforeAll(async () => {
  sandbox = await serveHubspot(0, { settings: { indexLagMs: 0 } })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
  sandbox.faults.set([])
})

describe('creates', () => {
  it('carries 100 in one call and returns each as the vendor stored it, in the order asked', async () => {
    const connection = connectTo(sandbox)
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    const deliveries = Array.from({ length: 100 }, (_, index) => creating(`r${index}`, { email: `N${index}@b.example`, city: null }))
    const results = await connection.write('contacts', deliveries, live())
    expect(sandbox.calls).toMatchObject({ writes: 1, reads: 0 })
    results.forEach((result, index) => {
      expect(result).toMatchObject({
        next: 'done',
        receipt: {
          created: true,
          raw: {
            state: 'live',
            modifiedAt: expect.any(Number),
            body: { properties: { email: `n${index}@b.example`, throughline_id: `r${index}` } },
          },
        },
        exchange: { method: 'POST', path: '/crm/v3/objects/contacts/batch/upsert', status: 200 },
      })
      if (result.next === 'done') expect(result.receipt.externalId).toBe(contacts()[index]!.id)
    })
  })

  it('has one effect when repeated, and says the second time that nothing was created', async () => {
    const connection = connectTo(sandbox)
    await connection.write('contacts', [creating('r1', { email: 'a@b.example' })], live())
    const [again] = await connection.write('contacts', [creating('r1', { email: 'a@b.example' })], live())
    expect(again).toMatchObject({ next: 'done', receipt: { created: false } })
    expect(alive()).toHaveLength(1)
  })

  it('gives each row its own outcome and exchange in a partial answer', async () => {
    const connection = connectTo(sandbox)
    sandbox.store.create('contacts', { email: 'taken@b.example' }, sandbox.human)
    const results = await connection.write(
      'contacts',
      [
        creating('r1', { email: 'a@b.example' }),
        creating('r2', { email: 'taken@b.example' }),
        creating('r3', { email: 'a wrong address' }),
        creating('r4', { email: 'c@d.example', lifecyclestage: 'friend' }),
        creating('r5', { email: 'e@f.example' }),
      ],
      live(),
    )
    expect(nexts(results)).toEqual(['done', 'conflict', 'reject', 'reject', 'done'])
    expect(results[1]).toMatchObject({ current: null, why: expect.stringMatching(/^CONFLICT held by object \d+$/) })
    expect(results[2]).toMatchObject({ why: 'VALIDATION_ERROR INVALID_EMAIL (email)', exchange: { status: 207 } })
    expect(results[2]!.exchange.request).toBe(
      '{"id":"r3","idProperty":"throughline_id","objectWriteTraceId":"key-r3","properties":{"email":"a wrong address","throughline_id":"r3"}}',
    )
    expect(results[2]!.exchange.answer).toContain('INVALID_EMAIL')
    expect(results[2]!.exchange.answer).not.toContain('taken@b.example')
    expect(alive()).toHaveLength(3)
  })

  it('never quotes values in its reasons', async () => {
    const [result] = await connectTo(sandbox).write('contacts', [creating('r3', { email: 'secret person' })], live())
    expect(result).toMatchObject({ next: 'reject' })
    expect(JSON.stringify({ ...result, exchange: null })).not.toContain('secret person')
  })
})

describe('updates and deletes', () => {
  it('updates by id and clears with null', async () => {
    const { id } = sandbox.store.create('contacts', { email: 'a@b.example', phone: '1' }, sandbox.human)
    const [result] = await connectTo(sandbox).write('contacts', [updating(id, { phone: null, city: 'Kiel' })], live())
    expect(result).toMatchObject({ next: 'done', receipt: { externalId: id, created: false } })
    expect(contacts()[0]!.properties).toMatchObject({ phone: '', city: 'Kiel' })
  })

  it('calls an update of what is gone or merged away a conflict, alone and among others', async () => {
    const connection = connectTo(sandbox)
    const { id } = sandbox.store.create('contacts', { email: 'a@b.example' }, sandbox.human)
    const gone = sandbox.store.create('contacts', { email: 'c@d.example' }, sandbox.human)
    sandbox.store.merge('contacts', id, gone.id, sandbox.human)
    expect(nexts(await connection.write('contacts', [updating(gone.id, { phone: '1' })], live()))).toEqual(['conflict'])
    expect(nexts(await connection.write('contacts', [updating('777', { phone: '1' }), updating(id, { phone: '1' })], live()))).toEqual([
      'conflict',
      'done',
    ])
  })

  it('deletes, also what is gone already', async () => {
    const { id } = sandbox.store.create('contacts', { email: 'a@b.example' }, sandbox.human)
    const results = await connectTo(sandbox).write('contacts', [deleting(id), deleting('777')], live())
    expect(results).toMatchObject([
      { next: 'done', receipt: { externalId: id, raw: null } },
      { next: 'done', receipt: { externalId: '777' } },
    ])
    expect(alive()).toEqual([])
  })
})

describe('a batch refused as a whole', () => {
  it('asks for each to be sent alone when the vendor names nobody, and rejects the one that is alone', async () => {
    sandbox.settings.partial = false
    const connection = connectTo(sandbox)
    const good = creating('r1', { email: 'a@b.example' })
    const bad = creating('r2', { email: 'broken' })
    expect(await connection.write('contacts', [good, bad], live())).toMatchObject([
      { next: 'retry', alone: true },
      { next: 'retry', alone: true },
    ])
    expect(nexts(await connection.write('contacts', [bad], live()))).toEqual(['reject'])
    expect(nexts(await connection.write('contacts', [good], live()))).toEqual(['done'])
  })

  it('rejects only those that the vendor names', async () => {
    sandbox.faults.set([
      { kind: 'status', status: 400, body: { category: 'VALIDATION_ERROR', message: 'no', context: { objectWriteTraceId: ['key-r2'] } } },
    ])
    const results = await connectTo(sandbox).write('contacts', [creating('r1', {}), creating('r2', {}), creating('r3', {})], live())
    expect(nexts(results)).toEqual(['retry', 'reject', 'retry'])
    expect(results[0]).not.toHaveProperty('alone')
  })
})

describe('what went wrong on the way', () => {
  const two = [creating('r1', { email: 'a@b.example' }), creating('r2', { email: 'c@d.example' })]

  it.each(['dropAfter', 'garbage'] as const)('is unknown after %s, and sending again makes no duplicate', async (kind) => {
    const connection = connectTo(sandbox)
    sandbox.faults.set([{ kind, times: 1 }])
    expect(nexts(await connection.write('contacts', two, live()))).toEqual(['unknown', 'unknown'])
    expect(alive()).toHaveLength(2)
    expect(nexts(await connection.write('contacts', two, live()))).toEqual(['done', 'done'])
    expect(alive()).toHaveLength(2)
  })

  it('is unknown when the answer does not come before the signal, with the effect already there', async () => {
    sandbox.faults.set([{ kind: 'stallAfter', ms: 5_000, times: 1 }])
    const began = performance.now()
    const results = await connectTo(sandbox).write('contacts', two, AbortSignal.timeout(100))
    expect(nexts(results)).toEqual(['unknown', 'unknown'])
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(alive()).toHaveLength(2)
  })

  it('may be sent again when it never left: no connection, or a signal that was off before', async () => {
    const nowhere = connectTo(sandbox, { baseUrl: 'http://127.0.0.1:9' }, { fetch: async () => Promise.reject(refused()) })
    expect(nexts(await nowhere.write('contacts', two, live()))).toEqual(['retry', 'retry'])
    expect(nexts(await connectTo(sandbox).write('contacts', two, AbortSignal.abort()))).toEqual(['retry', 'retry'])
    expect(alive()).toEqual([])
  })

  it('really sees a refused connection as one', async () => {
    const other = await serveHubspot(0)
    await other.close()
    expect(nexts(await connectTo(other).write('contacts', two, live()))).toEqual(['retry', 'retry'])
  })

  it.each([
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
    [524, 'unknown'],
    [503, 'retry'],
    [521, 'retry'],
    [523, 'retry'],
    [423, 'retry'],
    [477, 'retry'],
    [401, 'retry'],
    [403, 'retry'],
    [414, 'reject'],
  ])('status %i means %s', async (status, next) => {
    sandbox.faults.set([{ kind: 'status', status }])
    const [result] = await connectTo(sandbox).write('contacts', [creating('r1', {})], live())
    expect(result).toMatchObject({ next, exchange: { status } })
    expect(result).not.toMatchObject({ limited: true })
  })

  it('follows no redirect with its token', async () => {
    sandbox.faults.set([{ kind: 'status', status: 302, headers: { location: `${sandbox.url}/crm/v3/objects/contacts` }, times: 1 }])
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    expect(nexts(await connectTo(sandbox).write('contacts', [creating('r1', {})], live()))).toEqual(['unknown'])
    expect(sandbox.calls.reads + sandbox.calls.writes).toBe(1)
  })

  it('is unknown for a row that the answer leaves out', async () => {
    sandbox.faults.set([{ kind: 'status', status: 200, body: { status: 'COMPLETE', results: [] } }])
    expect(nexts(await connectTo(sandbox).write('contacts', two, live()))).toEqual(['unknown', 'unknown'])
  })

  it('finds rows without trace ids by the id they were sent under', async () => {
    const { id } = sandbox.store.create('contacts', { email: 'a@b.example' }, sandbox.human)
    const row = { id, properties: { phone: '1' }, updatedAt: '2026-01-01T00:00:00Z' }
    sandbox.faults.set([{ kind: 'status', status: 200, body: { results: [row] } }])
    expect(nexts(await connectTo(sandbox).write('contacts', [updating(id, { phone: '1' }), updating('777', {})], live()))).toEqual([
      'done',
      'unknown',
    ])
  })
})

describe('limits', () => {
  const now = Date.parse('2026-11-20T10:10:00Z')
  const one = [creating('r1', { email: 'a@b.example' })]

  it.each([
    ['7', 7_000],
    ['0', 1_000],
    ['86400', 3_600_000],
    ['nonsense', undefined],
  ])('takes Retry-After %s, clamped', async (header, wait) => {
    sandbox.faults.set([{ kind: 'status', status: 429, headers: { 'retry-after': header } }])
    const [result] = await connectTo(sandbox, {}, { now: () => now }).write('contacts', one, live())
    expect(result).toMatchObject({ next: 'retry', limited: true })
    expect(result).toHaveProperty(...((wait === undefined ? ['why'] : ['at', now + wait]) as [string, number]))
    if (wait === undefined) expect(result).not.toHaveProperty('at')
  })

  it('takes a real ten-second limit without Retry-After, and a date as Retry-After', async () => {
    sandbox.settings.tenSecondly = 0
    const [result] = await connectTo(sandbox).write('contacts', one, live())
    expect(result).toMatchObject({ next: 'retry', limited: true, why: '429 RATE_LIMIT TEN_SECONDLY_ROLLING' })
    expect(result).not.toHaveProperty('at')
    const headers = { 'retry-after': 'Fri, 20 Nov 2026 10:10:30 GMT', date: 'Fri, 20 Nov 2026 10:10:10 GMT' }
    sandbox.faults.set([{ kind: 'status', status: 429, headers }])
    const [dated] = await connectTo(sandbox, {}, { now: () => now }).write('contacts', one, live())
    expect(dated).toMatchObject({ at: now + 20_000 })
  })

  it('waits for the next half hour when the day is used up, and two seconds for a lock', async () => {
    const connection = connectTo(sandbox, {}, { now: () => now })
    sandbox.settings.daily = 0
    expect(await connection.write('contacts', one, live())).toMatchObject([
      { next: 'retry', limited: true, at: Date.parse('2026-11-20T10:30:00Z') },
    ])
    sandbox.settings.daily = null
    sandbox.faults.set([{ kind: 'status', status: 423 }])
    expect(await connection.write('contacts', one, live())).toMatchObject([{ next: 'retry', at: now + 2_000 }])
  })
})

function refused(): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })
}

import { createServer } from 'node:http'
import type { Page } from '@throughline/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OVERLAP_MS } from './cursor.ts'
import { type HubspotSandbox, serveHubspot } from './sandbox/index.ts'
import { connectTo, creating, gather, live, nexts, updating } from './testing.ts'

/** A HubSpot that lies, or somebody who answers in its place: each lie has a defined result, and none passes for an empty account. */

const HOURS_2 = 7_200_000
let sandbox: HubspotSandbox
const row = (id: string, time = '2026-01-01T00:00:00Z') => ({
  id,
  properties: { lastmodifieddate: time, hs_lastmodifieddate: time, domain: 'a.example' },
  updatedAt: time,
})
const says = (body: unknown) => sandbox.faults.set([{ kind: 'status', status: 200, body }])
const ids = () => [...sandbox.store.shelf('contacts').live.values()].map((version) => version.id)
const seed = (people: number) => void sandbox.seed({ people })
const archive = (id: string | undefined) => sandbox.store.archive('contacts', id!, sandbox.human)
/** What a reader has got before it failed, and how it failed. */
async function until(pages: AsyncIterable<Page>, most = 100) {
  const records: string[] = []
  let cursor: string | null = null
  let count = 0
  try {
    for await (const page of pages) {
      records.push(...page.records.map((record) => record.id))
      cursor = page.cursor
      count += 1
      if (count > most) return { records, cursor, next: 'endless' }
    }
  } catch (error) {
    return { records, cursor, next: (error as { next?: string }).next ?? String(error) }
  }
  return { records, cursor, next: 'ended' }
}
const every = (connection = connectTo(sandbox)) =>
  ({
    read: () => connection.read('contacts', ['1'], live()),
    list: () => gather(connection.list('contacts', null, live()), 20),
    pull: () => gather(connection.pull('contacts', null, live()), 20),
    find: () => connection.find('contacts', 'city', ['Kiel'], live()),
    'find by key': () => connection.find('contacts', 'email', ['a@b.example'], live()),
  }) as const
const READS = ['read', 'list', 'pull', 'find', 'find by key'] as const

beforeAll(async () => {
  sandbox = await serveHubspot(0, { settings: { indexLagMs: 0 } })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
  sandbox.faults.set([])
})

describe('pages', () => {
  it('of a list that never ends are refused as soon as they bring nothing new', async () => {
    says({ results: [row('12')], paging: { next: { after: '13' } } })
    expect(await until(connectTo(sandbox).list('contacts', null, live()))).toMatchObject({ records: ['12'], next: 'reject' })
    says({ results: [], paging: { next: { after: '13' } } })
    expect(await until(connectTo(sandbox).list('contacts', null, live()))).toMatchObject({ records: [], next: 'reject' })
    says({ results: [row('12'), row('12')] })
    expect(await until(connectTo(sandbox).list('contacts', null, live()))).toMatchObject({ next: 'reject' })
  })

  it.each(['200', '0', 'x'])('of a find that repeats itself at %s are left', async (after) => {
    says({ results: [row('1')], paging: { next: { after } } })
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    await expect(connectTo(sandbox).find('companies', 'domain', ['a.example'], live())).rejects.toMatchObject({ next: 'reject' })
    expect(sandbox.calls.reads).toBeLessThanOrEqual(2)
  })

  it('of a find that goes on beyond what a search can give are left', async () => {
    let offset = 0
    const endless: typeof fetch = async () => Response.json({ results: [row('1')], paging: { next: { after: String((offset += 200)) } } })
    await expect(connectTo(sandbox, {}, { fetch: endless }).find('companies', 'domain', ['a'], live())).rejects.toMatchObject({
      next: 'reject',
    })
    expect(offset).toBe(10_000)
  })

  it('of archived objects that never end cost a few calls for each pull', async () => {
    const { cursor } = await gather(connectTo(sandbox).pull('contacts', null, live()))
    let calls = 0
    const endless: typeof fetch = async (url, init) => {
      if (!String(url).includes('archived=true')) return fetch(url, init)
      calls += 1
      return Response.json({ results: [], paging: { next: { after: String(calls) } } })
    }
    expect(await until(connectTo(sandbox, {}, { fetch: endless }).pull('contacts', cursor, live()))).toMatchObject({ next: 'ended' })
    expect(calls).toBeLessThanOrEqual(5)
  })
})

describe('what is no answer of HubSpot', () => {
  const bodies = [
    {},
    [],
    null,
    { results: null },
    { results: { a: 1 } },
    { results: [{ properties: {} }] },
    { results: ['1'] },
    { status: 'ok' },
  ]

  it.each(READS.flatMap((name) => bodies.map((body) => [name, body] as const)))(
    'makes a %s fail rather than find nothing: %j',
    async (name, body) => {
      says(body)
      await expect(every()[name]()).rejects.toMatchObject({ next: 'unauthorised' })
    },
  )

  it.each(READS)('makes a %s fail when it is a page of HTML, or a redirect to one', async (name) => {
    sandbox.faults.set([{ kind: 'garbage' }])
    await expect(every()[name]()).rejects.toMatchObject({ next: 'unauthorised' })
    sandbox.faults.set([{ kind: 'status', status: 303, body: {}, headers: { location: '/login' } }])
    await expect(every()[name]()).rejects.toMatchObject({ next: 'unauthorised' })
  })

  it('takes no single object without an id for one that is gone', async () => {
    const answers = [{ results: [] }, { results: [] }, { properties: {} }]
    const liar: typeof fetch = async () => Response.json(answers.shift())
    await expect(connectTo(sandbox, {}, { fetch: liar }).read('contacts', ['1'], live())).rejects.toMatchObject({ next: 'unauthorised' })
  })

  it('carries no token to another host', async () => {
    const seen: unknown[] = []
    const other = createServer((request, response) => {
      seen.push(request.headers)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"results":[]}')
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const location = `http://localhost:${typeof address === 'object' && address ? address.port : 0}/crm/v3/objects/contacts`
    for (const status of [301, 302, 303, 307, 308]) {
      sandbox.faults.set([{ kind: 'status', status, headers: { location } }])
      await expect(every().list()).rejects.toMatchObject({ next: 'unauthorised' })
      // It may have been done before the redirect was sent.
      expect(nexts(await connectTo(sandbox).write('contacts', [creating('r1', {})], live()))).toEqual(['unknown'])
    }
    await new Promise((resolve) => other.close(resolve))
    expect(seen).toEqual([])
  })
})

describe('an answer that is too large', () => {
  /** As the guard of `io.fetch` does it: the body ends in an error once it has grown too large. */
  const cut: typeof fetch = async (url, init) => {
    await (await fetch(url, init)).arrayBuffer()
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        if (sent > 1_000_000) controller.error(new Error('The answer is larger than allowed'))
        else controller.enqueue(new Uint8Array(65_536).fill(32))
      },
    })
    return new Response(body, { headers: { 'content-type': 'application/json' } })
  }

  it('is a failure to try again for reads, and in doubt for writes', async () => {
    const connection = connectTo(sandbox, {}, { fetch: cut })
    for (const name of READS) await expect(every(connection)[name]()).rejects.toMatchObject({ next: 'retry' })
    const [result] = await connection.write('contacts', [creating('r1', { email: 'a@b.example' })], live())
    expect(result?.next).toBe('unknown')
    expect(ids()).toHaveLength(1)
  })
})

describe('a batch', () => {
  it('is read whole, though its answer has another order and lacks rows', async () => {
    seed(30)
    const all = ids()
    archive(all[7])
    Object.assign(sandbox.settings, { unordered: true, lostRows: 3 })
    const found = await connectTo(sandbox).read('contacts', [...all, '777'], live())
    expect(found.size).toBe(31)
    for (const id of all) expect(found.get(id)).toMatchObject({ id, state: id === all[7] ? 'deleted' : 'live' })
    expect(found.get('777')).toBeNull()
  })

  it('takes no object that was not asked for', async () => {
    seed(1)
    const [id = ''] = ids()
    says({ results: [row(id), row('666')] })
    expect([...(await connectTo(sandbox).read('contacts', [id], live())).keys()]).toEqual([id])
  })

  it.each([0, 1, 4])('gives each delivery its own result whatever the order, and doubt for the %i left out', async (lostRows) => {
    Object.assign(sandbox.settings, { unordered: true, lostRows })
    const deliveries = Array.from({ length: 4 }, (_, n) => creating(`r${n}`, { email: `n${n}@b.example`, city: `C${n}` }))
    const connection = connectTo(sandbox)
    const results = await connection.write('contacts', deliveries, live())
    expect(nexts(results)).toEqual(deliveries.map((_, n) => (n < 4 - lostRows ? 'done' : 'unknown')))
    const truth = sandbox.store.shelf('contacts').live
    for (const [n, result] of results.entries()) {
      if (result.next === 'done') expect(truth.get(result.receipt.externalId)?.properties.throughline_id).toBe(`r${n}`)
    }
    // All of them took effect; who looks up and sends again makes no second one.
    sandbox.settings.lostRows = 0
    expect(nexts(await connection.write('contacts', deliveries, live()))).toEqual(Array(4).fill('done'))
    expect(truth.size).toBe(4)
    const changes = ids().map((id, n) => updating(id, { city: `D${n}` }))
    const changed = await connection.write('contacts', changes, live())
    expect(changed.map((result) => result.next === 'done' && result.receipt.externalId)).toEqual(changes.map((one) => one.externalId))
  })
})

describe('time', () => {
  it.each(['99999999999', 'Infinity', '1e999', '-5', '0', '', 'soon', 'Fri, 31 Dec 9999 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'Retry-After "%s" neither hammers nor freezes',
    async (header) => {
      const now = Date.now()
      const connection = connectTo(sandbox, {}, { now: () => now })
      sandbox.faults.set([{ kind: 'status', status: 429, headers: { 'retry-after': header } }])
      const [written] = await connection.write('contacts', [creating('r1', {})], live())
      const read = await connection.read('contacts', ['1'], live()).catch((error: unknown) => error)
      for (const result of [written, read] as { at?: number; next: string }[]) {
        const wait = result.at === undefined ? undefined : result.at - now
        expect(wait === undefined || (wait >= 1_000 && wait <= 3_600_000)).toBe(true)
      }
      expect([written?.next, (read as { next: string }).next]).toEqual(['retry', 'limited'])
    },
  )

  /** HubSpot, but for the clock that its answers tell of. */
  const skewed =
    (ms: number): typeof fetch =>
    async (url, init) => {
      const answer = await fetch(url, init)
      return new Response(await answer.arrayBuffer(), {
        status: answer.status,
        headers: { 'content-type': 'application/json', date: new Date(Date.now() + ms).toUTCString() },
      })
    }

  it.each([-HOURS_2, HOURS_2])('a clock %i ms off loses neither a change that the index shows late nor a delete', async (ms) => {
    seed(3)
    const [late, early, gone] = ids()
    const { index } = sandbox.store.shelf('contacts')
    const connection = connectTo(sandbox, {}, { fetch: skewed(ms) })
    const { cursor } = await gather(connection.pull('contacts', null, live()))
    // Of two changes the second one shows first.
    const hidden = sandbox.store.update('contacts', late!, { phone: '1' }, sandbox.human)
    index.remove(late!)
    await new Promise((resolve) => setTimeout(resolve, 5))
    sandbox.store.update('contacts', early!, { phone: '2' }, sandbox.human)
    archive(gone)
    const between = await gather(connection.pull('contacts', cursor, live()))
    expect(between.records.map((record) => [record.id, record.state])).toEqual(
      expect.arrayContaining([
        [early, 'live'],
        [gone, 'deleted'],
      ]),
    )
    index.add(hidden)
    const after = await gather(connection.pull('contacts', between.cursor, live()))
    expect(after.records.map((record) => record.id)).toContain(late)
  })

  it('an object from the future does not take the cursor along', async () => {
    seed(2)
    const [a] = ids()
    const future = sandbox.store.plant('contacts', { email: 'future@b.example' }, Date.now() + HOURS_2).id
    const connection = connectTo(sandbox)
    const first = await gather(connection.pull('contacts', null, live()))
    expect(first.records.map((record) => record.id)).toContain(future)
    sandbox.clock.set({ shiftMs: OVERLAP_MS + 1_000 })
    sandbox.store.update('contacts', a!, { phone: '1' }, sandbox.human)
    const second = await gather(connection.pull('contacts', first.cursor, live()))
    sandbox.clock.set({ shiftMs: -OVERLAP_MS - 1_000 })
    expect(second.records.map((record) => record.id)).toEqual([a, future])
  })
})

describe('a token that expires between two pages', () => {
  it.each(['pull', 'list'] as const)('ends a %s with what was given before, and goes on from there once mended', async (what) => {
    seed(450)
    const connection = connectTo(sandbox)
    sandbox.faults.set([{ kind: 'status', status: 401, match: what === 'pull' ? 'search' : 'GET', skip: 1 }])
    const first = await until(connection[what]('contacts', null, live()))
    expect(first.next).toBe('unauthorised')
    expect(first.records.length).toBeGreaterThan(50)
    expect(first.records.length).toBeLessThan(450)
    sandbox.faults.set([])
    const rest = await until(connection[what]('contacts', first.cursor, live()))
    expect([...new Set([...first.records, ...rest.records])]).toEqual(ids())
    expect(rest.next).toBe('ended')
  })
})

import { createServer, type Server } from 'node:http'
import type { Connection, RawRecord, RawSignal } from '@throughline/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { hubspot } from './index.ts'
import { type HubspotSandbox, serveHubspot } from './sandbox/index.ts'
import { rawClient } from './sandbox/raw.ts'
import type { ObjectType } from './sandbox/types.ts'
import { connectTo, FIELDS, gather, live } from './testing.ts'

/** What happens to objects in HubSpot, told by its webhooks over HTTP and read back. */

const TYPES: readonly ObjectType[] = ['contacts', 'companies', 'deals', 'tickets']
let sandbox: HubspotSandbox
let server: Server
let signals: RawSignal[]
let refused: unknown[]
let round = 0
let connection: Connection
let raw: ReturnType<typeof rawClient>

const SAMPLE: Readonly<Record<ObjectType, (n: number) => Record<string, string>>> = {
  contacts: (n) => ({ email: `n${n}@b.example` }),
  companies: (n) => ({ name: `Company ${n}` }),
  deals: (n) => ({ dealname: `Deal ${n}`, dealstage: 'qualifiedtobuy' }),
  tickets: (n) => ({ subject: `Ticket ${n}`, hs_pipeline_stage: '1' }),
}
const path = () => `/hooks/hubspot/${round}`
const plant = (type: ObjectType, n: number) => sandbox.store.plant(type, SAMPLE[type](n), sandbox.clock.now()).id
const object = async (method: string, path: string, body?: unknown) => {
  const answer = await raw(method, path, body)
  expect(answer.status).toBeLessThan(300)
  return answer
}
const merge = (type: string, winner: string, loser: string) =>
  object('POST', `/crm/v3/objects/${type}/merge`, { primaryObjectId: winner, objectIdToMerge: loser })
/** Waits for so many signals; calls that are under way together may arrive in any order. */
const heard = async (count: number) => {
  await vi.waitFor(() => expect(signals.length).toBeGreaterThanOrEqual(count), { timeout: 5_000, interval: 5 })
  const eventOf = ({ body }: RawSignal) => (JSON.parse(body) as { eventId: number }).eventId
  signals.sort((a, b) => eventOf(a) - eventOf(b))
}
const brief = () =>
  signals.map(({ type, subject, mergedInto }) => [type, subject?.externalId, ...(mergedInto === undefined ? [] : [mergedInto])])

beforeAll(async () => {
  sandbox = await serveHubspot(0, { settings: { indexLagMs: 0 } })
  raw = rawClient(sandbox.url)
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      // What an earlier test set off may still be on its way.
      if (request.url !== path()) return void response.writeHead(200).end()
      const url = `http://${request.headers.host}${request.url}`
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      connection.accept!({ method: 'POST', url, headers, body: Buffer.concat(chunks), receivedAt: Date.now() })
        .then(
          (found) => signals.push(...found),
          (error: unknown) => refused.push(error),
        )
        .finally(() => response.writeHead(200).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await sandbox.close()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(async () => {
  await raw('POST', '/_sandbox/reset')
  round += 1
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  sandbox.webhooks.settings({ target: `http://127.0.0.1:${port}${path()}` })
  signals = []
  refused = []
  connection = connectTo(sandbox, {}, { fields: { ...FIELDS, deals: ['dealname', 'associations.companies'], tickets: ['subject'] } })
})

describe.each(TYPES)('%s', (type) => {
  it.each([false, true])('tells a merge from a delete, also when it makes a new object (%s)', async (makesNew) => {
    sandbox.settings.mergeMakesNew = makesNew
    const [a, b] = [plant(type, 1), plant(type, 2)]
    const start = await gather(connection.pull(type, null, live()))
    const winner = String((await merge(type, a, b)).json.id)
    await heard(makesNew ? 3 : 2)
    expect(winner === a).toBe(!makesNew)
    expect(brief()).toEqual([['merged', b, winner], ...(makesNew ? [['merged', a, winner]] : []), ['changed', winner]])
    const losers = makesNew ? [a, b] : [b]
    const read = await connection.read(type, [a, b, winner], live())
    for (const loser of losers) expect(read.get(loser)).toMatchObject({ id: loser, state: 'deleted', mergedInto: winner })
    expect(read.get(winner)).toMatchObject({ id: winner, state: 'live' })
    // The poll tells the same to whom the webhook did not reach.
    const { records } = await gather(connection.pull(type, start.cursor, live()))
    for (const loser of losers) expect(records).toContainEqual(expect.objectContaining({ id: loser, mergedInto: winner, state: 'deleted' }))
    expect(records.at(-1)).toMatchObject({ id: winner, state: 'live' })
  })

  it('follows a chain of merges to the last winner, and knows when that one goes', async () => {
    const [a, b, c] = [plant(type, 1), plant(type, 2), plant(type, 3)]
    await merge(type, b, a)
    await merge(type, c, b)
    const read = () => connection.read(type, [a, b], live())
    for (const loser of (await read()).values()) expect(loser).toMatchObject({ state: 'deleted', mergedInto: c })
    await object('DELETE', `/crm/v3/objects/${type}/${c}`)
    for (const gone of (await read()).values()) expect(gone?.state).not.toBe('live')
  })

  it('sees an archived object go and a restored one come back', async () => {
    const id = plant(type, 1)
    await object('DELETE', `/crm/v3/objects/${type}/${id}`)
    await heard(1)
    expect((await connection.read(type, [id], live())).get(id)).toMatchObject({ state: 'deleted' })
    expect((await gather(connection.list(type, null, live()))).records).toEqual([])
    sandbox.store.restore(type, id, sandbox.human)
    await heard(2)
    expect(brief()).toEqual([
      ['deleted', id],
      ['restored', id],
    ])
    expect((await connection.read(type, [id], live())).get(id)).toMatchObject({ state: 'live' })
  })
})

describe('privacy deletion', () => {
  it.each([true, false])('is told twice, in either order (%s), and leaves nothing to read', async (privacyFirst) => {
    sandbox.settings.privacyFirst = privacyFirst
    const [erased, archived, kept] = [plant('contacts', 1), plant('contacts', 2), plant('contacts', 3)]
    await object('POST', '/crm/v3/objects/contacts/gdpr-delete', { objectId: 'N1@b.example', idProperty: 'email' })
    await heard(2)
    expect(brief()).toEqual([
      ['deleted', erased],
      ['deleted', erased],
    ])
    expect(new Set(signals.map(({ id }) => id)).size).toBe(2)
    expect(signals.map(({ body }) => (JSON.parse(body) as { subscriptionType: string }).subscriptionType)).toEqual(
      privacyFirst ? ['contact.privacyDeletion', 'contact.deletion'] : ['contact.deletion', 'contact.privacyDeletion'],
    )
    sandbox.store.archive('contacts', archived, sandbox.human)
    const read = await connection.read('contacts', [erased, archived, kept], live())
    expect([read.get(erased), read.get(archived)?.state, read.get(kept)?.state]).toEqual([null, 'deleted', 'live'])
    expect(JSON.stringify(sandbox.state())).not.toContain('n1@b.example')
  })
})

describe('associations', () => {
  const join = (from: string, id: string, to: string, toId: string) =>
    object('PUT', `/crm/v4/objects/${from}/${id}/associations/default/${to}/${toId}`)
  const companyOf = async (deal: string) => {
    const record = (await connection.read('deals', [deal], live())).get(deal)
    return record ? companyIn(record) : undefined
  }
  const companyIn = (record: RawRecord) => hubspot.streams.deals!.decode(record)['associations.companies']

  it('mark both sides as changed, each time anew', async () => {
    const [deal, company] = [plant('deals', 1), plant('companies', 1)]
    sandbox.clock.set({ freeze: true })
    await join('deals', deal, 'companies', company)
    await object('DELETE', `/crm/v4/objects/deals/${deal}/associations/companies/${company}`)
    sandbox.clock.set({ freeze: false })
    await heard(4)
    expect(signals.map(({ type, subject }) => [type, subject?.stream, subject?.externalId])).toEqual([
      ['changed', 'deals', deal],
      ['changed', 'companies', company],
      ['changed', 'deals', deal],
      ['changed', 'companies', company],
    ])
    expect(new Set(signals.map(({ id }) => id)).size).toBe(4)
    expect(JSON.parse(signals[0]!.body)).toMatchObject({ associationType: 'DEAL_TO_COMPANY', isPrimaryAssociation: true })
    expect(refused).toEqual([])
  })

  it('give a mapped stream the primary company: by read, list and pull, in one more call for a hundred', async () => {
    const companies = [plant('companies', 1), plant('companies', 2)]
    const all = Array.from({ length: 100 }, (_, n) => plant('deals', n))
    const [first = '', second = '', third = ''] = all
    await join('deals', first, 'companies', companies[1]!)
    await join('companies', companies[0]!, 'deals', first)
    await join('deals', second, 'companies', companies[0]!)
    expect(await companyOf(first)).toBe(companies[1])
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    const { records } = await gather(connection.list('deals', null, live()))
    expect(sandbox.calls.reads).toBe(2)
    const seen = new Map(records.map((record) => [record.id, companyIn(record)]))
    expect([seen.get(first), seen.get(second), seen.get(third)]).toEqual([companies[1], companies[0], null])
    const pulled = await gather(connection.pull('deals', null, live()))
    expect(pulled.records.map((record) => companyIn(record))).toEqual([...seen.values()])
    await object('DELETE', `/crm/v4/objects/deals/${first}/associations/companies/${companies[1]}`)
    expect(await companyOf(first)).toBe(companies[0])
    await merge('companies', companies[1]!, companies[0]!)
    expect(await companyOf(second)).toBe(companies[1])
  })

  it('are absent, not empty, where the answer says nothing; and cost nothing where nothing maps them', async () => {
    const deal = plant('deals', 1)
    sandbox.faults.set([{ kind: 'status', status: 207, body: { status: 'COMPLETE', results: [], errors: [] }, match: '/v4/' }])
    expect(await companyOf(deal)).toBeUndefined()
    sandbox.faults.set([{ kind: 'status', status: 503, match: '/v4/' }])
    await expect(companyOf(deal)).rejects.toMatchObject({ next: 'retry' })
    const ticket = plant('tickets', 1)
    expect((await connection.read('tickets', [ticket], live())).get(ticket)?.state).toBe('live')
    sandbox.faults.set([])
  })

  it('are looked for page by page until the primary one is found', async () => {
    const deal = plant('deals', 1)
    const row = (to: unknown[], after?: string) => ({ from: { id: deal }, to, ...(after && { paging: { next: { after } } }) })
    const end = (toObjectId: number, label: string | null) => ({
      toObjectId,
      associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: label ? 5 : 341, label }],
    })
    const pages = [row([end(7, null)], 'p2'), row([end(9, null), end(8, 'Primary')], 'p3')]
    const asked: unknown[] = []
    connection = connectTo(
      sandbox,
      {},
      {
        fields: { deals: ['associations.companies'] },
        fetch: async (url, init) => {
          if (!String(url).includes('/v4/')) return fetch(url, init)
          asked.push(JSON.parse(String(init?.body)))
          return Response.json({ status: 'COMPLETE', results: [pages[asked.length - 1]] })
        },
      },
    )
    expect(await companyOf(deal)).toBe('8')
    expect(asked).toEqual([{ inputs: [{ id: deal }] }, { inputs: [{ id: deal, after: 'p2' }] }])
  })
})

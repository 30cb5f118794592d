import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type HubspotSandbox, serveHubspot } from './index.ts'
import { rawClient } from './raw.ts'

let sandbox: HubspotSandbox
let raw: ReturnType<typeof rawClient>
const search = (body: Record<string, unknown>, type = 'contacts') => raw('POST', `/crm/v3/objects/${type}/search`, body)
const where = (...filters: Record<string, unknown>[]) => [{ filters }]
const ids = (answer: Awaited<ReturnType<typeof search>>) => (answer.json.results as unknown as { id: string }[]).map((row) => row.id)
const rising = [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }]
const byId = [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }]

beforeAll(async () => {
  sandbox = await serveHubspot(0, { settings: { indexLagMs: 0 } })
  raw = rawClient(sandbox.url)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await raw('POST', '/_sandbox/reset')
})

/** One contact for each second from 1,000 s on. */
async function ladder(count: number): Promise<string[]> {
  const made: string[] = []
  for (let index = 0; index < count; index += 1)
    made.push(sandbox.store.plant('contacts', { firstname: `N${index}` }, (1_000 + index) * 1_000).id)
  return made
}

it.each([
  ['EQ', [2]],
  ['GT', [3, 4]],
  ['GTE', [2, 3, 4]],
  ['LT', [0, 1]],
  ['LTE', [0, 1, 2]],
])('filters times by %s, sorted', async (operator, expected) => {
  const made = await ladder(5)
  const answer = await search({
    limit: 10,
    sorts: rising,
    filterGroups: where({ propertyName: 'lastmodifieddate', operator, value: '1002000' }),
  })
  expect(ids(answer)).toEqual(expected.map((index) => made[index]))
  expect(answer.json.total).toBe(expected.length)
})

it('joins groups by or, filters within one by and, and counts what it does not return', async () => {
  const made = await ladder(8)
  const answer = await search({
    limit: 3,
    sorts: rising,
    filterGroups: [
      {
        filters: [
          { propertyName: 'lastmodifieddate', operator: 'EQ', value: '1002000' },
          { propertyName: 'hs_object_id', operator: 'GT', value: made[2] },
        ],
      },
      { filters: [{ propertyName: 'lastmodifieddate', operator: 'GT', value: '1002000' }] },
    ],
  })
  expect(ids(answer)).toEqual(made.slice(3, 6))
  expect([answer.json.total, answer.json.paging?.next?.after]).toEqual([5, '3'])
})

it('finds by IN in lower case, by HAS_PROPERTY, and sorts by numeric id', async () => {
  const made = await ladder(12)
  const inList = await search({
    limit: 20,
    sorts: byId,
    filterGroups: where({ propertyName: 'firstname', operator: 'IN', values: ['n1', 'n11', 'N2'] }),
  })
  expect(ids(inList)).toEqual([made[1], made[11]])
  const after = await search({
    limit: 20,
    sorts: byId,
    filterGroups: where({ propertyName: 'hs_object_id', operator: 'GT', value: made[8] }),
  })
  expect(ids(after)).toEqual(made.slice(9))
  expect((await search({ filterGroups: where({ propertyName: 'phone', operator: 'HAS_PROPERTY' }) })).json.total).toBe(0)
})

it('returns equal times in an order that is not the order of ids', async () => {
  sandbox.seed({ people: 50, times: 'equal' })
  const found = ids(await search({ limit: 50, sorts: rising }))
  expect(new Set(found).size).toBe(50)
  expect(found).not.toEqual(found.toSorted((a, b) => Number(a) - Number(b)))
})

it('pages by offset and refuses beyond 10,000, above 200 a page, and long bodies', async () => {
  sandbox.seed({ people: 10_100 })
  expect(ids(await search({ limit: 200, after: '9800', sorts: rising }))).toHaveLength(200)
  expect((await search({ limit: 200, after: '9801', sorts: rising })).status).toBe(400)
  expect((await search({ limit: 201 })).status).toBe(400)
  expect((await search({ limit: 1, properties: Array.from({ length: 400 }, () => 'firstname') })).status).toBe(400)
})

it('refuses too many groups, filters and sorts', async () => {
  const filter = { propertyName: 'city', operator: 'EQ', value: 'x' }
  expect((await search({ filterGroups: Array(6).fill({ filters: [filter] }) })).status).toBe(400)
  expect((await search({ filterGroups: [{ filters: Array(7).fill(filter) }] })).status).toBe(400)
  expect((await search({ filterGroups: Array(4).fill({ filters: Array(5).fill(filter) }) })).status).toBe(400)
  expect((await search({ sorts: [...rising, ...byId] })).status).toBe(400)
  expect((await search({ filterGroups: where({ ...filter, operator: 'SOUNDS_LIKE' }) })).status).toBe(400)
})

it('lags behind writes: old values first, then the new ones; archived objects never', async () => {
  const [id, gone] = await ladder(2)
  const phones = async () => {
    const { json } = await search({ properties: ['phone'] })
    return (json.results as unknown as { properties: { phone: string | null } }[]).map((row) => row.properties.phone)
  }
  expect(await phones()).toEqual([null, null])
  sandbox.settings.indexLagMs = 60_000
  await raw('PATCH', `/crm/v3/objects/contacts/${id}`, { properties: { phone: '1' } })
  await raw('DELETE', `/crm/v3/objects/contacts/${gone}`)
  expect(await phones()).toEqual([null])
  sandbox.settings.indexLagMs = 20
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(await phones()).toEqual(['1'])
})

it('uses hs_lastmodifieddate for companies', async () => {
  sandbox.seed({ companies: 3 })
  const filterGroups = where({ propertyName: 'hs_lastmodifieddate', operator: 'GTE', value: '0' })
  expect((await search({ filterGroups, sorts: [{ propertyName: 'hs_lastmodifieddate' }] }, 'companies')).json.total).toBe(3)
})

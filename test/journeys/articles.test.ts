import { afterAll, beforeAll, expect, test } from 'vitest'
import { pause, startDemo, until, type Demo } from './demo.ts'

const WITHIN_MS = 3_000
const THREE_CYCLES_MS = 6_500
const SEEDED = 5

let demo: Demo
beforeAll(async () => {
  demo = await startDemo(10)
}, 60_000)
afterAll(async () => {
  await demo?.stop()
}, 30_000)

interface Campaign {
  readonly Id: string
  readonly Name: string
  readonly Status: string
  readonly Campaign_Tag__c: string | null
}

const campaigns = async (): Promise<readonly Campaign[]> =>
  (await demo.inSalesforce.query<Campaign>('SELECT Id, Name, Status, Campaign_Tag__c FROM Campaign ORDER BY Id LIMIT 200')).records
const campaign = async (name: string): Promise<Campaign | undefined> => (await campaigns()).find(({ Name }) => Name === name)

interface Row {
  readonly title: string
  readonly campaign: string | null
}
const inStrapi = async (id: string): Promise<Row> => {
  const documents = await demo.cms.admin<Record<string, { draft: Row | null; published: Row | null }>>('state')
  return documents[id]!.draft!
}

const writes = async (): Promise<readonly number[]> =>
  Promise.all([demo.hubspot, demo.salesforce, demo.cms, demo.github].map((system) => system.writes()))
async function isQuiet(): Promise<void> {
  await pause(1_500)
  for (const system of [demo.hubspot, demo.salesforce, demo.cms, demo.github]) await system.forget()
  await pause(THREE_CYCLES_MS)
  expect(await writes()).toEqual([0, 0, 0, 0])
}

test('an article published in Strapi becomes a record, and its campaign tag reaches Salesforce; edits go both ways; then it is quiet', async () => {
  expect(await campaigns()).toHaveLength(SEEDED)
  const [id = ''] = await demo.cms.admin<string[]>('plant', {
    rows: [{ title: 'How we sync', slug: 'how-we-sync', summary: 'Both ways.', campaign: 'Spring' }],
    published: true,
  })
  await until(
    async () => (await campaign('How we sync')) !== undefined,
    WITHIN_MS,
    () => 'the article is no campaign yet',
  )
  expect(await campaign('How we sync')).toMatchObject({ Campaign_Tag__c: 'Spring', Status: 'In Progress' })
  const ids = await demo.idsOf('cms', id)
  const { items } = await demo.get<{ items: { id: string }[] }>('/v1/records?entity=article&limit=100')
  expect([items.length, ids!['salesforce']]).toEqual([SEEDED + 1, (await campaign('How we sync'))!.Id])

  await demo.cms.admin('edit', { id, fields: { campaign: 'Autumn' }, published: true })
  await until(
    async () => (await campaign('How we sync'))?.Campaign_Tag__c === 'Autumn',
    WITHIN_MS,
    () => 'the new tag has not arrived',
  )
  await demo.inSalesforce.sobject('Campaign').update({ Id: ids!['salesforce']!, Campaign_Tag__c: 'Winter' })
  await until(
    async () => (await inStrapi(id)).campaign === 'Winter',
    WITHIN_MS,
    () => 'the tag changed in Salesforce has not come back',
  )
  await isQuiet()
}, 60_000)

test('a campaign that marketing makes becomes no draft, and a title longer than a campaign’s name comes to rest', async () => {
  await demo.inSalesforce.sobject('Campaign').create({ Name: 'Trade fair', Campaign_Tag__c: 'Spring' })
  const title = 'A title that says everything there is to say about synchronising two systems, both ways, for ever'
  const [id = ''] = await demo.cms.admin<string[]>('plant', {
    rows: [{ title, slug: 'long', summary: 'Long.', campaign: 'Long' }],
    published: true,
  })
  await until(
    async () => (await campaigns()).some((one) => one.Campaign_Tag__c === 'Long'),
    WITHIN_MS,
    () => 'the article with the long title has not arrived',
  )
  await isQuiet()
  expect((await inStrapi(id)).title).toBe(title)
  const { items } = await demo.get<{ items: { id: string }[] }>('/v1/records?entity=article&limit=100')
  expect(items).toHaveLength(SEEDED + 2)
  expect((await demo.get<{ items: unknown[] }>('/v1/deliveries?state=dead')).items).toEqual([])
}, 60_000)

import { afterAll, beforeAll, expect, test } from 'vitest'
import { pause, startDemo, until, type Demo } from './demo.ts'

const PEOPLE = 60
const WITHIN_MS = 2_000
/** The demo polls each second. */
const THREE_CYCLES_MS = 3_500

let demo: Demo
beforeAll(async () => {
  demo = await startDemo(PEOPLE)
}, 60_000)
afterAll(async () => {
  const { code } = (await demo?.stop()) ?? { code: 0 }
  expect(code).toBe(0)
}, 30_000)

/** A contact of HubSpot with its own id there and in Salesforce. */
async function someone(n: number): Promise<{ hubspot: string; salesforce: string }> {
  const { results } = await demo.inHubspot.crm.contacts.basicApi.getPage(100, undefined, ['email'])
  const contact = results.filter((one) => one.properties['email'])[n]!
  const { items } = await demo.get<{ items: { id: string }[] }>(`/v1/records?connection=hubspot&externalId=${contact.id}`)
  const { links } = await demo.get<{ links: { connection: string; externalId: string | null }[] }>(`/v1/records/${items[0]!.id}`)
  return { hubspot: contact.id, salesforce: links.find((link) => link.connection === 'salesforce')!.externalId! }
}

const titleInSalesforce = async (id: string): Promise<string | null> =>
  ((await demo.inSalesforce.sobject('Contact').retrieve(id)) as { Title: string | null }).Title
const titleInHubspot = async (id: string): Promise<string | null> =>
  (await demo.inHubspot.crm.contacts.basicApi.getById(id, ['jobtitle'])).properties['jobtitle'] ?? null

async function editInHubspot(id: string, jobtitle: string): Promise<void> {
  await demo.inHubspot.crm.contacts.basicApi.update(id, { properties: { jobtitle } })
}

test('everybody seeded in HubSpot is in Salesforce, once', async () => {
  const { totalSize, records } = await demo.inSalesforce.query<{ Throughline_Id__c: string }>(
    'SELECT Throughline_Id__c FROM Contact LIMIT 2000',
  )
  const { items } = await demo.get<{ items: { id: string }[] }>('/v1/records?entity=person&limit=200')
  expect(items.length).toBeGreaterThan(PEOPLE * 0.9)
  expect(totalSize).toBe(items.length)
  expect(new Set(records.map((record) => record.Throughline_Id__c)).size).toBe(items.length)
})

test('an edit in HubSpot is in Salesforce within 2 s, one in Salesforce is in HubSpot, then it is quiet, then it still works', async () => {
  const first = await someone(3)
  const second = await someone(4)

  await editInHubspot(first.hubspot, 'Edited in HubSpot')
  await until(
    async () => (await titleInSalesforce(first.salesforce)) === 'Edited in HubSpot',
    WITHIN_MS,
    () => 'the edit in HubSpot did not reach Salesforce in time',
  )
  await demo.inSalesforce.sobject('Contact').update({ Id: second.salesforce, Title: 'Edited in Salesforce' })
  await until(
    async () => (await titleInHubspot(second.hubspot)) === 'Edited in Salesforce',
    WITHIN_MS,
    () => 'the edit in Salesforce did not reach HubSpot in time',
  )

  await pause(1_000)
  await demo.hubspot.forget()
  await demo.salesforce.forget()
  await pause(THREE_CYCLES_MS)
  expect([await demo.hubspot.writes(), await demo.salesforce.writes()]).toEqual([0, 0])

  await editInHubspot(second.hubspot, 'Edited afterwards')
  await until(
    async () => (await titleInSalesforce(second.salesforce)) === 'Edited afterwards',
    WITHIN_MS,
    () => 'after the quiet, an edit did not arrive in time',
  )
  await demo.inSalesforce.sobject('Contact').update({ Id: first.salesforce, Title: 'And back again' })
  await until(
    async () => (await titleInHubspot(first.hubspot)) === 'And back again',
    WITHIN_MS,
    () => 'after the quiet, an edit did not come back in time',
  )
}, 30_000)

test('it says where everything is', () => {
  expect(demo.printed()).toContain(`${demo.url}/console/enter/`)
  expect(demo.printed()).toContain(`${demo.url}/docs`)
  expect(demo.printed()).toContain('DEMO ONLY')
})

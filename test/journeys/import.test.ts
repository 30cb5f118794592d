import { afterAll, beforeAll, expect, test } from 'vitest'
import { pause, startDemo, until, type Demo } from './demo.ts'

const PEOPLE = 1_000
const PER_CALL = 100
const ARRIVE_MS = 30_000

let demo: Demo
beforeAll(async () => {
  demo = await startDemo(0)
}, 60_000)
afterAll(() => demo?.stop(), 30_000)

/** As an import does it: full batches, one after another. */
async function importPeople(name: string): Promise<void> {
  for (let from = 0; from < PEOPLE; from += PER_CALL) {
    const inputs = Array.from({ length: PER_CALL }, (_, i) => ({
      properties: { email: `${name}.${from + i}@import.example`, firstname: 'Im', lastname: `Port ${from + i}` },
      associations: [],
    }))
    await demo.inHubspot.crm.contacts.batchApi.create({ inputs })
  }
}

async function inSalesforce(name: string): Promise<string[]> {
  const records = await demo.inSalesforce
    .sobject('Contact')
    .find<{ Email: string }>({ Email: { $like: `${name}.%` } }, ['Email'])
    .execute({ autoFetch: true, maxFetch: 5_000 })
  return records.map((record) => record.Email)
}

const arrived = (name: string): Promise<number> =>
  until(
    async () => (await demo.queue()) === 0 && (await inSalesforce(name)).length >= PEOPLE,
    ARRIVE_MS,
    () => `not all of ${name} arrived`,
  )

test('a thousand people imported while Salesforce is paused take exactly five calls, and none is doubled', async () => {
  await demo.post('/v1/connections/salesforce/pause', { reason: 'import' })
  await importPeople('paused')
  await until(
    async () => (await demo.queue()) === PEOPLE,
    ARRIVE_MS,
    () => 'the deliveries did not gather',
  )
  await demo.salesforce.forget()
  await demo.post('/v1/connections/salesforce/resume')
  await arrived('paused')
  expect(await demo.salesforce.writes()).toBe(5)
  const emails = await inSalesforce('paused')
  expect(emails).toHaveLength(PEOPLE)
  expect(new Set(emails).size).toBe(PEOPLE)
}, 90_000)

test('streamed, a thousand people take at most twelve calls, and none is doubled', async () => {
  await demo.salesforce.forget()
  await importPeople('streamed')
  await arrived('streamed')
  await pause(1_500)
  expect(await demo.salesforce.writes()).toBeLessThanOrEqual(12)
  const emails = await inSalesforce('streamed')
  expect(emails).toHaveLength(PEOPLE)
  expect(new Set(emails).size).toBe(PEOPLE)
}, 90_000)

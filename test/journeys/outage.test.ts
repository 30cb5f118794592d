import { afterAll, beforeAll, expect, test } from 'vitest'
import { pause, startDemo, until, type Demo } from './demo.ts'

/** `THROUGHLINE_OUTAGE_MS=30000` for the whole half minute. */
const OUTAGE_MS = Number(process.env['THROUGHLINE_OUTAGE_MS'] ?? '5000')
const EDITS = 5
const NEWCOMERS = 10
/** A breaker that has opened again and again tries once a minute. */
const ARRIVE_MS = 75_000

let demo: Demo
beforeAll(async () => {
  demo = await startDemo(20)
}, 60_000)
afterAll(() => demo?.stop(), 30_000)

test('Salesforce answers 503 for a while: nothing is lost, the order of each object is kept, everything arrives', async () => {
  const { results } = await demo.inHubspot.crm.contacts.basicApi.getPage(20, undefined, ['email'])
  const [edited] = results.filter((one) => one.properties['email'])
  const { items } = await demo.get<{ items: { id: string }[] }>(`/v1/records?connection=hubspot&externalId=${edited!.id}`)
  const { links } = await demo.get<{ links: { connection: string; externalId: string | null }[] }>(`/v1/records/${items[0]!.id}`)
  const id = links.find((link) => link.connection === 'salesforce')!.externalId!
  const title = async (): Promise<string> =>
    ((await demo.inSalesforce.sobject('Contact').retrieve(id)) as { Title: string | null }).Title ?? ''

  await demo.salesforce.faults([{ kind: 'status', status: 503 }])
  const began = Date.now()
  for (let n = 1; n <= EDITS; n++) {
    await demo.inHubspot.crm.contacts.basicApi.update(edited!.id, { properties: { jobtitle: `Step ${n}` } })
    await pause(OUTAGE_MS / EDITS / 2)
  }
  for (let n = 0; n < NEWCOMERS; n++)
    await demo.inHubspot.crm.contacts.basicApi.create({
      properties: { email: `new.${n}@outage.example`, lastname: `New ${n}` },
      associations: [],
    })
  await pause(Math.max(0, OUTAGE_MS - (Date.now() - began)))
  // The edited contact may have two: one that went out and failed, and its successor.
  expect(await demo.queue()).toBeGreaterThanOrEqual(1 + NEWCOMERS)
  await demo.salesforce.faults([])

  // What Salesforce shows from here on may only go forward.
  const seen: number[] = []
  await until(
    async () => {
      seen.push(Number(/^Step (\d)$/.exec(await title())?.[1] ?? '0'))
      return (await demo.queue()) === 0
    },
    ARRIVE_MS,
    () => 'what waited during the outage did not go out after it',
  )
  expect(await title()).toBe(`Step ${EDITS}`)
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  const found = await demo.inSalesforce.sobject('Contact').find<{ Email: string }>({ Email: { $like: 'new.%@outage.example' } }, ['Email'])
  expect(found.map((one) => one.Email).toSorted()).toEqual(Array.from({ length: NEWCOMERS }, (_, n) => `new.${n}@outage.example`))
  const dead = await demo.get<{ items: unknown[] }>('/v1/deliveries?state=dead')
  expect(dead.items).toEqual([])
}, 180_000)

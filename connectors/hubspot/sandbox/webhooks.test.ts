import { createServer, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type HubspotSandbox, HUB_TOKEN, serveHubspot, signV3 } from './index.ts'
import { rawClient } from './raw.ts'

interface Received {
  readonly url: string
  readonly signature: string
  readonly timestamp: string
  readonly body: string
}
interface Event {
  readonly [member: string]: unknown
}

const CONTACTS = '/crm/v3/objects/contacts'
let sandbox: HubspotSandbox
let raw: ReturnType<typeof rawClient>
let server: Server
let target: string
let received: Received[]
let answers: number[]
const events = (): Event[] => received.flatMap((one) => JSON.parse(one.body) as Event[])

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += String(chunk)))
    request.on('end', () => {
      const header = (name: string) => String(request.headers[name])
      received.push({
        url: request.url ?? '',
        signature: header('x-hubspot-signature-v3'),
        timestamp: header('x-hubspot-request-timestamp'),
        body,
      })
      response.writeHead(answers.shift() ?? 200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  target = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/hooks/hubspot?a=%40b`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))
beforeEach(async () => {
  received = []
  answers = []
  sandbox = await serveHubspot(0)
  raw = rawClient(sandbox.url)
  await raw('POST', '/_sandbox/webhooks', { target })
})
afterEach(() => sandbox.close())

const create = async (email: string) => (await raw('POST', CONTACTS, { properties: { email } })).json
const arrived = (count: number) => vi.waitFor(() => expect(events().length).toBeGreaterThanOrEqual(count), { timeout: 5_000, interval: 5 })

it('signs as the vendor publishes', () => {
  const body = "{'example_field':'example_value'}"
  const signature = signV3('yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy', 'POST', 'https://www.example.com/webhook_uri', body, 1_693_657_560_000)
  expect(signature).toBe('K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=')
})

describe('delivery', () => {
  it('tells of creation, each changed property, deletion and merge, with who did it, signed over the target', async () => {
    const { id } = await create('a@b.example')
    const other = await create('c@d.example')
    await raw('PATCH', `${CONTACTS}/${id}`, { properties: { phone: '1', city: 'Kiel', email: 'a@b.example' } })
    await raw('POST', `${CONTACTS}/merge`, { primaryObjectId: id, objectIdToMerge: other.id })
    await rawClient(sandbox.url, HUB_TOKEN)('DELETE', `${CONTACTS}/${id}`)
    await arrived(6)
    const objectId = Number(id)
    // Several calls are under way at a time, so they may arrive in any order.
    expect(events().toSorted((a, b) => Number(a.eventId) - Number(b.eventId))).toMatchObject([
      { subscriptionType: 'contact.creation', objectId, changeSource: 'CRM_UI', attemptNumber: 0, portalId: 247187887 },
      { subscriptionType: 'contact.creation', objectId: Number(other.id) },
      { subscriptionType: 'contact.propertyChange', objectId, propertyName: 'phone', propertyValue: '1' },
      { subscriptionType: 'contact.propertyChange', objectId, propertyName: 'city' },
      { subscriptionType: 'contact.merge', primaryObjectId: objectId, mergedObjectIds: [Number(other.id)] },
      { subscriptionType: 'contact.deletion', objectId, changeSource: 'INTEGRATION', sourceId: '50780459' },
    ])
    for (const { signature, timestamp, body } of received) {
      expect(signV3('hubspot-secret', 'POST', target, body, Number(timestamp))).toBe(signature)
      expect(Math.abs(Date.now() - Number(timestamp))).toBeLessThan(10_000)
    }
  })

  it('sends at most 100 events a call, and nothing of what did not happen', async () => {
    const inputs = (from: number) =>
      Array.from({ length: 100 }, (_, index) => ({
        properties: { email: `n${from + index}@b.example` },
        objectWriteTraceId: `k${from + index}`,
      }))
    for (const from of [0, 100, 200]) await raw('POST', `${CONTACTS}/batch/create`, { inputs: inputs(from) })
    await raw('POST', CONTACTS, { properties: { email: 'n1@b.example' } })
    await raw('POST', `${CONTACTS}/batch/create`, {
      inputs: [{ properties: { email: 'fresh@b.example' } }, { properties: { email: 'n1@b.example' } }],
    })
    await arrived(300)
    expect(events()).toHaveLength(300)
    expect(Math.max(...received.map((one) => (JSON.parse(one.body) as unknown[]).length))).toBe(100)
  })

  it('repeats a refused call with the same events until it is taken, then stops', async () => {
    answers = [500, 401]
    await create('a@b.example')
    await arrived(3)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(events().map((event) => event.attemptNumber)).toEqual([0, 1, 2])
    expect(new Set(events().map((event) => event.eventId)).size).toBe(1)
    await vi.waitFor(() => expect(sandbox.webhooks.settings()).toMatchObject({ sent: 1, failed: 2, queued: 0 }))
  })

  it('says nothing of planted objects unless told to', async () => {
    sandbox.seed({ people: 5 })
    sandbox.seed({ people: 2, webhooks: true })
    await arrived(2)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(events()).toHaveLength(2)
  })
})

describe('faults', () => {
  it('drops', async () => {
    await raw('POST', '/_sandbox/webhooks', { drop: 1 })
    await create('a@b.example')
    await raw('POST', '/_sandbox/webhooks', { drop: 0 })
    await create('c@d.example')
    await arrived(1)
    await vi.waitFor(() => expect(sandbox.webhooks.settings()).toMatchObject({ dropped: 1, sent: 1 }))
  })

  it('duplicates: the same event twice', async () => {
    await raw('POST', '/_sandbox/webhooks', { duplicate: 1 })
    await create('a@b.example')
    await arrived(2)
    expect(events()[0]).toEqual(events()[1])
  })

  it('reorders', async () => {
    await raw('POST', '/_sandbox/webhooks', { reorder: 1 })
    // In one go, so that both are gathered into one call.
    const { id } = sandbox.store.create('contacts', { email: 'a@b.example' }, sandbox.human)
    sandbox.store.update('contacts', id, { phone: '1' }, sandbox.human)
    await arrived(2)
    expect(events().map((event) => event.subscriptionType)).toEqual(['contact.propertyChange', 'contact.creation'])
  })

  it('delays', async () => {
    await raw('POST', '/_sandbox/webhooks', { delayMs: 800 })
    await create('a@b.example')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(received).toEqual([])
    await arrived(1)
  })
})

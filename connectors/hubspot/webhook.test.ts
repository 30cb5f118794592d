import { Signature } from '@hubspot/api-client'
import { type RawRequest, Refused } from '@throughline/sdk'
import { describe, expect, it } from 'vitest'
import { hubspot } from './index.ts'
import { sign, WINDOW_MS } from './signature.ts'
import { elementsOf } from './split.ts'

const SECRET = 'hubspot-secret'
const URL_SEEN = 'https://hub.example/hooks/hubspot-eu'
const NOW = 1_790_000_000_000
const logged: string[] = []
const connect = (config: { appId?: string; publicUrl?: string } = {}) =>
  hubspot.connect(
    { token: 't', clientSecret: SECRET, ...config },
    { fetch: globalThis.fetch, now: () => NOW, fields: {}, log: (message) => logged.push(message) },
  )

interface Change {
  secret?: string
  uri?: string
  at?: number
  headers?: Record<string, string>
  bytes?: Uint8Array
}

function request(body: unknown, { secret = SECRET, uri = URL_SEEN, at = NOW, headers, bytes }: Change = {}): RawRequest {
  const raw = bytes ?? new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
  const signature = sign(secret, 'POST', uri, raw, String(at))
  return {
    method: 'POST',
    url: URL_SEEN,
    headers: headers ?? { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(at) },
    body: raw,
    receivedAt: NOW,
  }
}

const event = {
  eventId: 4101286121,
  subscriptionId: 7562680,
  portalId: 247187887,
  appId: 50780459,
  occurredAt: 1787843156000,
  subscriptionType: 'contact.propertyChange',
  attemptNumber: 0,
  objectId: 541935488729,
  propertyName: 'email',
  propertyValue: 'ada@example.com',
  changeSource: 'INTEGRATION',
  sourceId: '50780459',
}

const accept = (body: unknown, change?: Change) => connect().accept!(request(body, change))

describe('signature', () => {
  it('matches the published example', () => {
    const body = new TextEncoder().encode("{'example_field':'example_value'}")
    const given = sign('yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy', 'POST', 'https://www.example.com/webhook_uri', body, '1693657560000')
    expect(given).toBe('K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=')
  })

  it("agrees with the vendor's own library", () => {
    const body = JSON.stringify([{ ...event, propertyValue: 'Zoë 🦊' }])
    const timestamp = Date.now()
    const signature = sign(SECRET, 'POST', URL_SEEN, new TextEncoder().encode(body), String(timestamp))
    expect(
      Signature.isValid({
        signatureVersion: 'v3',
        signature,
        clientSecret: SECRET,
        method: 'POST',
        url: URL_SEEN,
        requestBody: body,
        timestamp,
      }),
    ).toBe(true)
  })

  it('undoes the published escapes of the URI and no others', () => {
    const none = new Uint8Array()
    const all = sign(SECRET, 'POST', 'https://a.example/%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B?q=1', none, '1')
    expect(all).toBe(sign(SECRET, 'POST', "https://a.example/:/?@!$'()*,;?q=1", none, '1'))
    expect(sign(SECRET, 'POST', 'https://a.example/%20', none, '1')).not.toBe(sign(SECRET, 'POST', 'https://a.example/ ', none, '1'))
  })

  it('refuses any altered byte of body, URI, method, time and signature', async () => {
    const good = request([event])
    await expect(connect().accept!(good)).resolves.toHaveLength(1)
    const flipped = Uint8Array.from(good.body)
    flipped[flipped.length - 3]! ^= 1
    const other = (change: Partial<RawRequest>) =>
      expect(connect().accept!({ ...good, ...change })).rejects.toMatchObject({ reason: 'unsigned' })
    await other({ body: flipped })
    await other({ url: `${URL_SEEN}?x=1` })
    await other({ method: 'PUT' })
    await other({ headers: { ...good.headers, 'x-hubspot-request-timestamp': String(NOW + 1) } })
    const signature = good.headers['x-hubspot-signature-v3']!
    for (const wrong of [signature.slice(0, -2), `${signature}A`, '', 'ä'.repeat(22), signature.toLowerCase()]) {
      await other({ headers: { ...good.headers, 'x-hubspot-signature-v3': wrong } })
    }
    await other({ headers: {} })
    await other({ headers: { 'x-hubspot-signature': signature, 'x-hubspot-signature-version': 'v1' } })
  })

  it("refuses another app's secret", async () => {
    await expect(accept([event], { secret: 'other' })).rejects.toBeInstanceOf(Refused)
  })

  it.each([-360_000, 360_000, -WINDOW_MS - 1, WINDOW_MS + 1])('refuses a time %i ms away', async (away) => {
    await expect(accept([event], { at: NOW + away })).rejects.toMatchObject({ reason: 'stale' })
  })

  it.each([-WINDOW_MS, WINDOW_MS, 0])('takes a time %i ms away', async (away) => {
    await expect(accept([event], { at: NOW + away })).resolves.toHaveLength(1)
  })

  it('refuses a signed time that is no number', async () => {
    const raw = new TextEncoder().encode('[]')
    const headers = { 'x-hubspot-signature-v3': sign(SECRET, 'POST', URL_SEEN, raw, 'soon'), 'x-hubspot-request-timestamp': 'soon' }
    await expect(accept([], { headers })).rejects.toMatchObject({ reason: 'stale' })
  })

  it('checks against the configured public URL', async () => {
    const signed = request([event], { uri: 'https://public.example/in/hooks/hubspot-eu' })
    await expect(connect({ publicUrl: 'https://public.example/in/' }).accept!(signed)).resolves.toHaveLength(1)
    await expect(connect().accept!(signed)).rejects.toMatchObject({ reason: 'unsigned' })
  })
})

describe('splitting', () => {
  it('gives the object, the kind, the time and the exact text of each item', async () => {
    const items = [event, { ...event, subscriptionType: 'company.deletion', objectId: 7, eventId: 2 }].map((item) =>
      JSON.stringify(item, null, 1),
    )
    const signals = await accept(`[ ${items.join(' ,\n')} ]`)
    expect(signals).toEqual([
      {
        id: '247187887:7562680:contact.propertyChange:541935488729:4101286121:1787843156000:email',
        subject: { stream: 'contacts', externalId: '541935488729' },
        type: 'changed',
        time: '1787843156000',
        body: items[0],
      },
      expect.objectContaining({ subject: { stream: 'companies', externalId: '7' }, type: 'deleted', body: items[1] }),
    ])
  })

  it('keeps the id on a redelivery, and tells apart what only shares its event id', async () => {
    const [first] = await accept([event])
    const [again] = await accept([{ ...event, attemptNumber: 3 }])
    expect(again!.id).toBe(first!.id)
    for (const other of [
      { objectId: 8 },
      { propertyName: 'phone' },
      { occurredAt: 1 },
      { subscriptionId: 1 },
      { portalId: 1 },
      { eventId: 1 },
    ]) {
      const [signal] = await accept([{ ...event, ...other }])
      expect(signal!.id).not.toBe(first!.id)
    }
  })

  it('tells apart associations and merges that share event id and time', async () => {
    const { objectId: _, propertyName: __, propertyValue: ___, ...rest } = event
    const association = {
      ...rest,
      subscriptionType: 'deal.associationChange',
      associationType: 'DEAL_TO_COMPANY',
      fromObjectId: 5,
      toObjectId: 6,
    }
    const merge = { ...rest, subscriptionType: 'deal.merge', objectId: 5, primaryObjectId: 5, mergedObjectIds: [6], newObjectId: 5 }
    const items = [
      association,
      { ...association, fromObjectId: 7 },
      { ...association, toObjectId: 7 },
      { ...association, associationRemoved: true },
      { ...association, isPrimaryAssociation: true },
      { ...association, associationType: 'DEAL_TO_CONTACT' },
      merge,
      { ...merge, mergedObjectIds: [7] },
    ]
    const idsOf = async (attemptNumber: number) => (await accept(items.map((item) => ({ ...item, attemptNumber })))).map(({ id }) => id)
    const ids = await idsOf(0)
    expect(new Set(ids).size).toBe(6 + 4)
    expect(await idsOf(1)).toEqual(ids)
  })

  it('reads the generic types of every stream', async () => {
    const items = ['0-1', '0-2', '0-3', '0-5'].map((objectTypeId) => ({
      ...event,
      subscriptionType: 'object.propertyChange',
      objectTypeId,
    }))
    expect((await accept(items)).map(({ subject }) => subject?.stream)).toEqual(['contacts', 'companies', 'deals', 'tickets'])
  })

  it.each([
    [{ subscriptionType: 'contact.creation' }, 'created', 'contacts'],
    [{ subscriptionType: 'deal.creation' }, 'created', 'deals'],
    [{ subscriptionType: 'ticket.deletion' }, 'deleted', 'tickets'],
    [{ subscriptionType: 'contact.privacyDeletion' }, 'deleted', 'contacts'],
    [{ subscriptionType: 'company.restore' }, 'restored', 'companies'],
    [{ subscriptionType: 'object.creation', objectTypeId: '0-2' }, 'created', 'companies'],
    [{ subscriptionType: undefined, eventType: 'contact.propertyChange' }, 'changed', 'contacts'],
    [{ subscriptionType: 'contact.associationChange', objectId: undefined, fromObjectId: 5 }, 'changed', 'contacts'],
  ])('reads %j', async (change, type, stream) => {
    expect(await accept([{ ...event, ...change }])).toMatchObject([{ type, subject: { stream } }])
  })

  it('turns a merge into one signal for each loser and one for the winner', async () => {
    const merge = { ...event, subscriptionType: 'contact.merge', objectId: 9, primaryObjectId: 5, mergedObjectIds: [6, 7], newObjectId: 9 }
    const signals = await accept([merge])
    expect(signals.map(({ type, subject, mergedInto }) => [type, subject?.externalId, mergedInto])).toEqual([
      ['merged', '6', '9'],
      ['merged', '7', '9'],
      ['merged', '5', '9'],
      ['changed', '9', undefined],
    ])
    expect(new Set(signals.map((signal) => signal.id)).size).toBe(4)
  })

  it('reads 99 of 100 when one is bad, and names it once on every delivery', async () => {
    const items: unknown[] = Array.from({ length: 99 }, (_, index) => ({ ...event, eventId: index }))
    items.splice(42, 0, { nonsense: true })
    const signals = await accept(items)
    expect(signals.filter((signal) => signal.type === 'changed')).toHaveLength(99)
    expect(signals[42]).toMatchObject({ type: 'unreadable', subject: null, why: 'no subscriptionType', body: '{"nonsense":true}' })
    expect((await accept(items))[42]!.id).toBe(signals[42]!.id)
  })

  it.each([
    [null],
    ['text'],
    [{ ...event, objectId: 2 ** 60 }],
    [{ ...event, objectId: undefined }],
    [{ ...event, objectId: '../1' }],
    [{ ...event, subscriptionType: 'contact.levitation' }],
    [{ ...event, subscriptionType: 'contact' }],
    [{ ...event, subscriptionType: 7 }],
  ])('marks %j unreadable', async (item) => {
    expect(await accept([item])).toMatchObject([{ type: 'unreadable', subject: null }])
  })

  it('leaves out object types without a stream, and says so', async () => {
    logged.length = 0
    expect(await accept([{ ...event, subscriptionType: 'product.creation' }, event])).toHaveLength(1)
    expect(logged).toHaveLength(1)
  })

  it("leaves out the app's own changes only when told its id", async () => {
    const changes = [
      event,
      { ...event, eventId: 2, changeSource: 'CRM_UI', sourceId: 'userId:1' },
      { ...event, eventId: 3, sourceId: '999' },
    ]
    expect(await accept(changes)).toHaveLength(3)
    const signals = await connect({ appId: '50780459' }).accept!(request(changes))
    expect(signals.map((signal) => signal.id.split(':')[4])).toEqual(['2', '3'])
  })

  it.each(['', '{', '{"a":1}', '"text"', 'null'])('refuses %j as malformed', async (body) => {
    await expect(accept(body)).rejects.toMatchObject({ reason: 'malformed' })
  })

  it('refuses bytes that are not UTF-8', async () => {
    await expect(accept('', { bytes: new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]) })).rejects.toMatchObject({ reason: 'malformed' })
  })

  it('takes an empty array', async () => {
    expect(await accept([])).toEqual([])
  })
})

describe('elementsOf', () => {
  it.each([
    ['[]', []],
    [' [ 1 , "a,]" , {"b":[1,{"c":"}"}]} , null,[ ] ] ', ['1', '"a,]"', '{"b":[1,{"c":"}"}]}', 'null', '[ ]']],
    ['["\\"," , "\\\\"]', ['"\\","', '"\\\\"']],
  ])('cuts %s', (text, expected) => {
    expect(elementsOf(text)).toEqual(expected)
  })
})

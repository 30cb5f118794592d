import { describe, expect, it } from 'vitest'
import { contentfulHeaders } from '../sandbox/index.ts'
import { ioOf } from '../shared/testing.ts'
import { contentful } from './index.ts'
import { sign } from './webhook.ts'

const secret = 'a'.repeat(64)
const now = 1_790_000_000_000
const logged: string[] = []
const connect = (own: object = {}) =>
  contentful.connect({ space: 's', token: 't', webhookSecret: secret, ...own }, ioOf({ log: (message) => void logged.push(message) }))
const link = (id: string): object => ({ sys: { type: 'Link', id } })
const sys = { type: 'Entry', id: 'e1', updatedAt: '2026-09-21T14:13:19.000Z', environment: link('master'), contentType: link('article') }
const of = (topic: string, body: object, more: Record<string, string> = {}) => {
  const text = JSON.stringify(body)
  const headers = { ...contentfulHeaders(secret, '/hooks/cms', `ContentManagement.${topic}`, text, now), ...more }
  return { method: 'POST', url: 'https://hub.example.com/hooks/cms', headers, body: Buffer.from(text), receivedAt: now }
}

describe('signature', () => {
  const known = {
    method: 'POST',
    url: 'https://hub.example.com/hooks/contentful',
    headers: {
      'content-type': 'application/vnd.contentful.management.v1+json',
      'x-contentful-topic': 'ContentManagement.Entry.publish',
      'x-contentful-timestamp': String(now),
      'x-contentful-signed-headers': 'content-type,x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic',
    },
    body: Buffer.from('{"a":1}'),
  }

  it("is what Contentful's own toolkit makes of the same request", () => {
    expect(sign(secret, known)).toBe('bc15bda86b267c9a067c677379e04a5618875c0461ede9dcd0ef4e1fa071b39c')
  })

  it('does not depend on headers that it does not name, nor on spaces around the values', () => {
    const headers = { ...known.headers, 'x-forwarded-for': '127.0.0.1', 'content-type': ` ${known.headers['content-type']} ` }
    expect(sign(secret, { ...known, headers })).toBe(sign(secret, known))
  })

  it.each([
    ['another path', { url: 'https://hub.example.com/hooks/other' }],
    ['another method', { method: 'PUT' }],
  ])('fails for %s', async (_what, change) => {
    const refusal = connect().accept!({ ...of('Entry.save', { sys }), ...change })
    await expect(refusal).rejects.toMatchObject({ name: 'Refused', reason: 'unsigned' })
  })

  it.each(['x-contentful-topic', 'x-contentful-timestamp', 'x-contentful-signed-headers', 'content-type'])('covers %s', async (name) => {
    const good = of('Entry.save', { sys })
    const headers = { ...good.headers, [name]: `${good.headers[name]}1` }
    await expect(connect().accept!({ ...good, headers })).rejects.toMatchObject({ reason: 'unsigned' })
  })

  it('covers the time even where the list of headers leaves it out', async () => {
    const good = of('Entry.save', { sys })
    const headers = { ...good.headers, 'x-contentful-signed-headers': 'content-type,x-contentful-topic' }
    const signature = sign(secret, { ...good, headers })
    expect(await connect().accept!({ ...good, headers: { ...headers, 'x-contentful-signature': signature } })).toHaveLength(1)
    const later = { ...headers, 'x-contentful-signature': signature, 'x-contentful-timestamp': String(now + 1) }
    await expect(connect().accept!({ ...good, headers: later })).rejects.toMatchObject({ reason: 'unsigned' })
  })
})

describe('events', () => {
  it.each([
    ['Entry.create', 'created'],
    ['Entry.save', 'changed'],
    ['Entry.publish', 'changed'],
    ['Entry.archive', 'changed'],
  ])('%s is %s', async (topic, type) => {
    expect(await connect().accept!(of(topic, { sys, fields: {} }))).toMatchObject([
      { type, subject: { stream: 'articles', externalId: 'e1' } },
    ])
  })

  it('unpublishing shows readers a deleted entry, and is only a change; deleting is deleting, whatever it leaves out', async () => {
    const deleted = { sys: { ...sys, type: 'DeletedEntry', deletedAt: '2026-09-21T14:13:20.000Z' } }
    expect(await connect().accept!(of('Entry.unpublish', deleted))).toMatchObject([{ type: 'changed', time: '2026-09-21T14:13:20.000Z' }])
    expect(await connect().accept!(of('Entry.delete', { sys: { type: 'DeletedEntry', id: 'e1' } }))).toMatchObject([{ type: 'deleted' }])
  })

  it('are told apart by their idempotency key, and by their content without one', async () => {
    const id = async (request: ReturnType<typeof of>) => (await connect().accept!(request))[0]?.id
    const key = { 'x-contentful-idempotency-key': 'k'.repeat(64) }
    expect(await id(of('Entry.save', { sys }, key))).toBe('k'.repeat(64))
    expect(await id(of('Entry.save', { sys, again: true }, key))).toBe('k'.repeat(64))
    const none = { 'x-contentful-idempotency-key': '' }
    const ids = await Promise.all([
      id(of('Entry.save', { sys }, none)),
      id(of('Entry.publish', { sys }, none)),
      id(of('Entry.save', { sys, n: 1 }, none)),
    ])
    expect(new Set(ids).size).toBe(3)
    expect(await id(of('Entry.save', { sys }, { ...none, 'x-contentful-webhook-request-attempt': '2' }))).toBe(ids[0])
  })

  it('of a topic that nobody signed are only a change, to be looked at', async () => {
    const good = of('Entry.delete', { sys })
    const headers = { ...good.headers, 'x-contentful-signed-headers': 'content-type' }
    const signed = { ...headers, 'x-contentful-signature': sign(secret, { ...good, headers }) }
    expect(await connect().accept!({ ...good, headers: signed })).toMatchObject([{ type: 'changed' }])
  })

  it('of assets, other types, other environments and half-written words are acknowledged and left out', async () => {
    const others = [
      of('Asset.publish', { sys: { ...sys, type: 'Asset' } }),
      of('Entry.save', { sys: { ...sys, contentType: link('page') } }),
      of('Entry.save', { sys: { ...sys, environment: link('staging') } }),
      of('Entry.auto_save', { sys }),
    ]
    for (const request of others) expect(await connect().accept!(request)).toEqual([])
    expect(logged).toHaveLength(4)
    expect(await connect({ contentType: 'page' }).accept!(others[1]!)).toHaveLength(1)
  })

  it('of an unknown kind, or without an id, are unreadable and say so', async () => {
    for (const request of [of('Entry.explode', { sys }), of('Entry.save', { sys: { ...sys, id: undefined } })]) {
      expect(await connect().accept!(request)).toMatchObject([{ subject: null, type: 'unreadable', why: expect.any(String) }])
    }
  })
})

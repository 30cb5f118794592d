import { describe, expect, it } from 'vitest'
import { ioOf } from '../shared/testing.ts'
import { sanity } from './index.ts'
import { sign } from './webhook.ts'

const secret = 'secret'
const now = 1_790_000_000_000
const logged: string[] = []
const connect = (own: object = {}) =>
  sanity.connect({ projectId: 'p', token: 't', webhookSecret: secret, ...own }, ioOf({ log: (message) => void logged.push(message) }))
const event = { _id: 'a1', _type: 'article', _rev: 'r1', _updatedAt: '2026-09-21T14:13:19Z', operation: 'update' }
const of = (body: object, more: Record<string, string> = {}) => {
  const bytes = Buffer.from(JSON.stringify(body))
  const headers = { 'sanity-webhook-signature': `t=${now},v1=${sign(secret, bytes, String(now))}`, 'idempotency-key': 'key-1', ...more }
  return { method: 'POST', url: 'https://hub.example.com/hooks/cms', headers, body: bytes, receivedAt: now }
}

describe('signature', () => {
  it("is what Sanity's own toolkit makes of the same body", () => {
    expect(sign(secret, Buffer.from('{"a":1}'), String(now))).toBe('XKOXI1Y0b78gHkFLCanMM6HhfL99xnhD4jPOnSfqMZ8')
  })

  it('covers the time, and takes no other spelling of itself', async () => {
    const header = of(event).headers['sanity-webhook-signature']!
    const [time = '', value = ''] = header.split(',')
    for (const given of [`t=${now + 1},${value}`, `${time}, ${value}`, `${value},${time}`, `${header}=`, `${header},v1=x`, value, time]) {
      const refusal = connect().accept!(of(event, { 'sanity-webhook-signature': given }))
      await expect(refusal, given).rejects.toMatchObject({ name: 'Refused', reason: 'unsigned' })
    }
  })

  it('with a single wrong character, wherever it is, is refused', async () => {
    const header = of(event).headers['sanity-webhook-signature']!
    for (let at = header.length - 43; at < header.length; at += 1) {
      const wrong = header.slice(0, at) + (header[at] === 'A' ? 'B' : 'A') + header.slice(at + 1)
      await expect(connect().accept!(of(event, { 'sanity-webhook-signature': wrong }))).rejects.toMatchObject({ reason: 'unsigned' })
    }
  })
})

describe('events', () => {
  it.each([
    ['create', 'created'],
    ['update', 'changed'],
    ['delete', 'deleted'],
  ])('%s is %s, by the body or by the header', async (operation, type) => {
    const subject = { stream: 'articles', externalId: 'a1' }
    expect(await connect().accept!(of({ ...event, operation }))).toMatchObject([{ type, subject, time: event._updatedAt }])
    expect(await connect().accept!(of({ ...event, operation: undefined }, { 'sanity-operation': operation }))).toMatchObject([
      { type, subject },
    ])
  })

  it('are about the document that the signed body names, whatever the headers say', async () => {
    expect(await connect().accept!(of(event, { 'sanity-document-id': 'other' }))).toMatchObject([{ subject: { externalId: 'a1' } }])
  })

  it('are told apart by their idempotency key, and by transaction and content without one', async () => {
    const id = async (request: ReturnType<typeof of>) => (await connect().accept!(request))[0]?.id
    expect(await id(of(event))).toBe('key-1')
    expect(await id(of({ ...event, _rev: 'r2' }))).toBe('key-1')
    const none = { 'idempotency-key': '' }
    const ids = [
      await id(of(event, none)),
      await id(of({ ...event, _rev: 'r2' }, none)),
      await id(of(event, { ...none, 'sanity-transaction-id': 't2' })),
    ]
    expect(new Set(ids).size).toBe(3)
    expect(await id(of(event, none))).toBe(ids[0])
  })

  it('of drafts, versions, other types and other datasets are acknowledged and left out', async () => {
    const others = [
      of({ ...event, _id: 'drafts.a1' }),
      of({ ...event, _id: 'versions.r1.a1' }),
      of({ ...event, _type: 'page' }),
      of(event, { 'sanity-dataset': 'staging' }),
    ]
    for (const request of others) expect(await connect().accept!(request)).toEqual([])
    expect(logged).toHaveLength(4)
    expect(await connect({ dataset: 'staging' }).accept!(others[3]!)).toHaveLength(1)
  })

  it('of an unknown kind, or without an id, are unreadable and say so', async () => {
    for (const body of [{ ...event, operation: 'appear' }, { ...event, operation: 'constructor' }, { ...event, _id: undefined }, {}]) {
      expect(await connect().accept!(of(body))).toMatchObject([{ subject: null, type: 'unreadable', why: expect.any(String) }])
    }
  })
})

import { Refused } from '@throughline/sdk'
import { describe, expect, it } from 'vitest'
import { captured, ioOf } from '../shared/testing.ts'
import { strapi } from './index.ts'

const config = { url: 'http://127.0.0.1:1', token: 't', webhookToken: 'abc' }
const logged: string[] = []
const connect = (own: object = {}) => strapi.connect({ ...config, ...own }, ioOf({ log: (message) => void logged.push(message) }))
const capture = (n: number) => captured(new URL(`./captures/strapi-0${n}.json`, import.meta.url))
const of = (change: object, entry: object = {}) => {
  const base = JSON.parse(Buffer.from(capture(3).body).toString('utf8')) as { entry: object }
  return { ...capture(3), body: Buffer.from(JSON.stringify({ ...base, ...change, entry: { ...base.entry, ...entry } })) }
}
const id = async (change: object, entry: object = {}) => (await connect().accept!(of(change, entry)))[0]?.id

describe('real deliveries', () => {
  it('are accepted under their static header, and name the document, not the row', async () => {
    const [created, published] = await Promise.all([1, 3].map((n) => connect().accept!(capture(n))))
    const subject = { stream: 'articles', externalId: 'zi4o6za3qe8e4pw2ejhskbnw' }
    expect(created).toMatchObject([{ subject, type: 'created', time: '2026-11-20T12:04:38.315Z' }])
    expect(published).toMatchObject([{ subject, type: 'changed', time: '2026-11-20T12:04:38.426Z' }])
    expect(published?.[0]?.record).toBeUndefined()
    expect(JSON.parse(published?.[0]?.body ?? '')).toMatchObject({ event: 'entry.publish' })
  })

  it.each([
    ['another token', { 'x-hub-token': 'abd' }],
    ['a shorter one', { 'x-hub-token': 'ab' }],
    ['a longer one', { 'x-hub-token': 'abcc' }],
    ['an empty one', { 'x-hub-token': '' }],
    ['none', {}],
  ])('are refused with %s', async (_what, headers) => {
    const refusal = connect().accept!({ ...capture(1), headers })
    await expect(refusal).rejects.toBeInstanceOf(Refused)
    await expect(refusal).rejects.toMatchObject({ reason: 'unsigned' })
  })

  it('may carry the secret in the Authorization header instead', async () => {
    const request = { ...capture(1), headers: { authorization: 'Bearer abc' } }
    const own = { webhookHeader: 'authorization', webhookToken: 'Bearer abc' }
    expect(await connect(own).accept!(request)).toHaveLength(1)
    await expect(connect().accept!(request)).rejects.toMatchObject({ reason: 'unsigned' })
  })
})

describe('identity of an event', () => {
  it('stays over a repeat, and differs by document, event, time and locale', async () => {
    const base = await id({})
    expect(await id({})).toBe(base)
    const others = [
      await id({ event: 'entry.update' }),
      await id({}, { documentId: 'another' }),
      await id({}, { updatedAt: '2026-11-20T12:04:38.427Z' }),
      await id({}, { locale: 'fr' }),
    ]
    expect(new Set([base, ...others]).size).toBe(5)
  })

  it('tells two unpublishings of one text apart, which carry the same times', async () => {
    const first = await id({ event: 'entry.unpublish', createdAt: '2026-11-20T13:00:00.000Z' })
    expect(await id({ event: 'entry.unpublish', createdAt: '2026-11-20T14:00:00.000Z' })).not.toBe(first)
  })

  it('knows a write by what was written, whenever it is sent', async () => {
    const first = await id({ event: 'entry.update', createdAt: '2026-11-20T13:00:00.000Z' })
    expect(await id({ event: 'entry.update', createdAt: '2026-11-20T14:00:00.000Z' })).toBe(first)
  })
})

describe('other events', () => {
  it.each([
    ['entry.delete', 'deleted'],
    ['entry.unpublish', 'changed'],
    ['entry.draft-discard', 'changed'],
  ])('%s is %s', async (event, type) => {
    expect(await connect().accept!(of({ event }))).toMatchObject([{ type }])
  })

  it('of other content types and of media are acknowledged and left out', async () => {
    expect(await connect().accept!(of({ uid: 'api::page.page' }))).toEqual([])
    expect(await connect().accept!(of({ event: 'media.create' }))).toEqual([])
    expect(logged).toContain('Webhook of something without a stream')
  })

  it('are recognised by the model where there is no uid', async () => {
    expect(await connect().accept!(of({ uid: undefined }))).toHaveLength(1)
    expect(await connect().accept!(of({ uid: undefined, model: 'page' }))).toEqual([])
  })

  it('without a documentId, or of an unknown kind, are unreadable and say so', async () => {
    expect(await connect().accept!(of({}, { documentId: undefined }))).toMatchObject([
      { subject: null, type: 'unreadable', why: expect.any(String) },
    ])
    expect(await connect().accept!(of({ event: 'entry.archive' }))).toMatchObject([{ subject: null, type: 'unreadable' }])
  })

  it.each(['', '{', 'true', '[]', '<html>', '{}'])('%j is malformed', async (text) => {
    await expect(connect().accept!({ ...capture(1), body: Buffer.from(text) })).rejects.toMatchObject({ reason: 'malformed' })
  })
})

import { Refused } from '@throughline/sdk'
import { describe, expect, it } from 'vitest'
import { ghostSignature } from '../sandbox/index.ts'
import { altered, captured, ioOf } from '../shared/testing.ts'
import { ghost } from './index.ts'
import { sign } from './webhook.ts'

const connect = (webhookSecret = 's3cret') => ghost.connect({ url: 'http://127.0.0.1:1', adminKey: 'a:b', webhookSecret }, ioOf())
const SIGNED = { 1: 1_795_176_926_496, 3: 1_795_176_927_837 } as const
const capture = (n: 1 | 3, at: number = SIGNED[n]) => captured(new URL(`./captures/ghost-0${n}.json`, import.meta.url), at)
const signed = (body: object | string, at = 1_790_000_000_000) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'x-ghost-signature': ghostSignature('s3cret', text, at) }
  return { method: 'POST', url: 'https://hub.example.com/hooks/ghost', headers, body: Buffer.from(text), receivedAt: at }
}

it('signs as Ghost does: body and time with nothing between', () => {
  const known = 'ac627bf425abf621d6f5bee7dc40c23f7df3521af2ff2cfd86fd8c59a6785142'
  expect(sign('secret', Buffer.from('{"a":1}'), '1790000000000')).toBe(known)
  expect(ghostSignature('secret', '{"a":1}', 1_790_000_000_000)).toBe(`sha256=${known}, t=1790000000000`)
})

describe('real deliveries', () => {
  const subject = { stream: 'articles', externalId: '6b0039de4d8ae551ca16f2ef' }

  it('verify at the time of their own timestamp, and are decoded', async () => {
    expect(await connect().accept!(capture(1))).toMatchObject([{ subject, type: 'created', time: '2026-11-20T12:15:26.000Z' }])
    expect(await connect().accept!(capture(3))).toMatchObject([{ subject, type: 'changed', time: '2026-11-20T12:15:27.000Z' }])
  })

  it.each([1, 3] as const)('are stale at any other time (%i)', async (n) => {
    for (const off of [300_000, -300_000]) expect(await connect().accept!(capture(n, SIGNED[n] + off))).toHaveLength(1)
    for (const off of [300_001, -300_001, 86_400_000, 0 - SIGNED[n]]) {
      await expect(connect().accept!(capture(n, SIGNED[n] + off))).rejects.toMatchObject({ name: 'Refused', reason: 'stale' })
    }
  })

  it.each([1, 3] as const)('are refused with one byte changed, wherever it is (%i)', async (n) => {
    const request = capture(n)
    for (let index = 0; index < request.body.length; index += 7) {
      await expect(connect().accept!(altered(request, index))).rejects.toMatchObject({ reason: 'unsigned' })
    }
  })

  it('are refused under another secret, another time, or no signature', async () => {
    const request = capture(1)
    await expect(connect('s3creT').accept!(request)).rejects.toBeInstanceOf(Refused)
    const header = request.headers['x-ghost-signature']!
    for (const forged of [header.replace('496', '497'), header.replace(', t=', ',t='), header.replace(/, t=.*/, ''), '', 'sha256=, t=1']) {
      await expect(connect().accept!({ ...request, headers: { 'x-ghost-signature': forged } })).rejects.toMatchObject({
        reason: 'unsigned',
      })
    }
    await expect(connect().accept!({ ...request, headers: {} })).rejects.toMatchObject({ reason: 'unsigned' })
  })
})

describe('events', () => {
  const post = { id: '6b0039de4d8ae551ca16f2ef', updated_at: '2026-11-20T12:00:00.000Z', title: 'Hello' }
  const accept = async (body: object) => (await connect().accept!(signed(body)))[0]

  it('of a delete carry the past only', async () => {
    expect(await accept({ post: { current: {}, previous: post } })).toMatchObject({ type: 'deleted', subject: { externalId: post.id } })
    expect(await accept({ event: 'post.deleted', post: { current: {}, previous: post } })).toMatchObject({ type: 'deleted' })
  })

  it('are told apart without a name, as older versions send them', async () => {
    expect(await accept({ post: { current: post, previous: {} } })).toMatchObject({ type: 'created' })
    expect(await accept({ post: { current: post, previous: { title: 'Hi' } } })).toMatchObject({ type: 'changed' })
  })

  it('of one second are told apart by what they say, and a repeat is known', async () => {
    const first = await accept({ event: 'post.edited', post: { current: post, previous: { title: 'Hi' } } })
    const second = await accept({ event: 'post.edited', post: { current: { ...post, title: 'Bye' }, previous: { title: 'Hello' } } })
    const again = await accept({ event: 'post.edited', post: { current: post, previous: { title: 'Hi' } } })
    expect(second?.id).not.toBe(first?.id)
    expect(again?.id).toBe(first?.id)
  })

  it('about pages and the site are acknowledged and left out', async () => {
    expect(await connect().accept!(signed({ event: 'page.added', page: { current: post, previous: {} } }))).toEqual([])
    expect(await connect().accept!(signed({ page: { current: post, previous: {} } }))).toEqual([])
    expect(await connect().accept!(signed({ event: 'site.changed' }))).toEqual([])
  })

  it.each(['{', '[]', 'true', '{}'])('%j is malformed', async (text) => {
    await expect(connect().accept!(signed(text))).rejects.toMatchObject({ reason: 'malformed' })
  })
})

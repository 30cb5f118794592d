import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { wordpressHeaders } from '../sandbox/index.ts'
import { altered, captured, ioOf } from '../shared/testing.ts'
import { declared, directus, wordpress } from './index.ts'

const config = { url: 'http://127.0.0.1:1', token: 't', webhookSecret: 'abc' }
const hooks = directus.connect(config, ioOf())
const capture = (name: string) => captured(new URL(`./captures/directus-${name}.json`, import.meta.url))
const of = (body: unknown, receivedAt = 1) => ({ ...capture('01'), body: Buffer.from(JSON.stringify(body)), receivedAt })
const ids = async (body: unknown) => (await hooks.accept!(of(body))).map((signal) => [signal.type, signal.subject?.externalId ?? null])

describe('real deliveries of Directus', () => {
  it.each([
    ['01', '2'],
    ['05', '3'],
  ])('%s is accepted and decoded', async (name, externalId) => {
    const signals = await hooks.accept!(capture(name))
    expect(signals).toMatchObject([{ type: 'created', subject: { stream: 'articles', externalId }, time: null }])
    expect(JSON.parse(signals[0]!.body)).toMatchObject({ event: 'articles.items.create', collection: 'articles' })
  })

  it.each([{ 'x-hub-token': 'abd' }, { 'x-hub-token': 'ab' }, { 'x-hub-token': 'abc ' }, { 'x-hub-token': '' }, {}])(
    'are refused with %j',
    async (headers) => {
      await expect(hooks.accept!({ ...capture('01'), headers: headers as Record<string, string> })).rejects.toMatchObject({
        name: 'Refused',
        reason: 'unsigned',
      })
    },
  )
})

describe('the irregular shapes of Directus', () => {
  it('a create names one key, an update several, a delete may give them as its payload', async () => {
    expect(await ids({ event: 'articles.items.create', payload: { title: 'x' }, key: 2, collection: 'articles' })).toEqual([
      ['created', '2'],
    ])
    expect(await ids({ event: 'articles.items.update', payload: { title: 'x' }, keys: ['2', 3, 3], collection: 'articles' })).toEqual([
      ['changed', '2'],
      ['changed', '3'],
    ])
    expect(await ids({ event: 'articles.items.delete', payload: [4, 5], collection: 'articles' })).toEqual([
      ['deleted', '4'],
      ['deleted', '5'],
    ])
  })

  it('the same change made again is another event, for nothing is sent twice', async () => {
    const body = { event: 'articles.items.update', payload: { title: 'x' }, keys: [2], collection: 'articles' }
    const [first, second] = [await hooks.accept!(of(body, 1_000)), await hooks.accept!(of(body, 2_000))]
    expect(first[0]?.id).not.toBe(second[0]?.id)
  })

  it('what names no object, or an unknown event, is unreadable; another collection is left out', async () => {
    expect(await ids({ event: 'articles.items.update', payload: {}, collection: 'articles' })).toEqual([['unreadable', null]])
    expect(await ids({ event: 'articles.items.update', keys: [{ a: 1 }], collection: 'articles' })).toEqual([['unreadable', null]])
    expect(await ids({ event: 'articles.items.update', keys: [2 ** 60], collection: 'articles' })).toEqual([['unreadable', null]])
    expect(await ids({ event: 'toString', keys: [1], collection: 'articles' })).toEqual([['unreadable', null]])
    expect(await ids({ event: 'pages.items.update', keys: [1], collection: 'pages' })).toEqual([])
    expect(await ids({ payload: {}, collection: 'articles' })).toEqual([['unreadable', null]])
  })

  it.each(['', '{', '[]', 'true', '[{"event":"articles.items.create"}]'])('%j is malformed', async (text) => {
    await expect(hooks.accept!({ ...capture('01'), body: Buffer.from(text) })).rejects.toMatchObject({ reason: 'malformed' })
  })
})

describe('a signed description', () => {
  const at = 1_790_000_000_000
  const text = '{"delivery":"d","event":"post.updated","post_type":"post","post_id":7,"modified_gmt":"2026-11-20T12:00:00"}'
  const request = {
    method: 'POST',
    url: 'https://h/x',
    headers: wordpressHeaders('abc', text, at),
    body: Buffer.from(text),
    receivedAt: at,
  }
  const signed = wordpress.connect(config, ioOf())

  it('verifies every byte, and the time', async () => {
    expect(await signed.accept!(request)).toMatchObject([{ type: 'changed', subject: { externalId: '7' }, time: '2026-11-20T12:00:00' }])
    for (let index = 0; index < text.length; index += 1) {
      await expect(signed.accept!(altered(request, index))).rejects.toMatchObject({ reason: 'unsigned' })
    }
    const later = { ...request.headers, 'x-throughline-timestamp': String(at / 1_000 + 1) }
    await expect(signed.accept!({ ...request, headers: later })).rejects.toMatchObject({ reason: 'unsigned' })
    await expect(signed.accept!({ ...request, receivedAt: at + 301_000 })).rejects.toMatchObject({ reason: 'stale' })
  })

  it('may sign in base64, without a prefix, with the time behind, and list several items', async () => {
    const source = readFileSync(new URL('./examples/wordpress.yaml', import.meta.url), 'utf8')
    const other = source
      .replace('encoding: hex', 'encoding: base64')
      .replace(`    prefix: 'sha256='\n`, '')
      .replace(`'{timestamp}.{body}'`, `'{body}|{timestamp}'`)
      .replace('unit: s }', 'unit: ms }')
      .replace('  redelivers: true', '  redelivers: true\n  items: /events')
    const connection = declared(other, new URL('./examples/other.yaml', import.meta.url)).connect(config, ioOf())
    const body = `{"events":[${text},{"event":"post.updated","post_type":"post"}]}`
    const headers = {
      'x-throughline-timestamp': String(at),
      'x-throughline-signature': createHmac('sha256', 'abc').update(`${body}|${at}`).digest('base64'),
    }
    const signals = await connection.accept!({ ...request, headers, body: Buffer.from(body) })
    expect(signals.map((signal) => signal.subject?.externalId ?? null)).toEqual(['7', null])
    await expect(connection.accept!({ ...request, headers, body: Buffer.from(`${body} `) })).rejects.toMatchObject({ reason: 'unsigned' })
    await expect(connection.accept!(request)).rejects.toMatchObject({ reason: 'unsigned' })
  })
})

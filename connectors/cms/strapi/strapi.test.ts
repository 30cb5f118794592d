import { VendorError } from '@throughline/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveStrapi, STRAPI_TOKEN, STRAPI_WEBHOOK_TOKEN, type StrapiSandbox } from '../sandbox/index.ts'
import { creating, deleting, gather, ioOf, listener, live, lying, page, updating } from '../shared/testing.ts'
import { strapi } from './index.ts'

let sandbox: StrapiSandbox
const config = () => ({ url: sandbox.url, token: STRAPI_TOKEN, webhookToken: STRAPI_WEBHOOK_TOKEN })
const connect = (io = ioOf()) => strapi.connect(config(), io)
const stream = strapi.streams['articles']!
const plant = (fields: object, published: boolean, at = Date.now() - 60_000) =>
  sandbox.store.create({ ...fields }, published, at).documentId
const document = (id: string) => sandbox.store.documents.get(id)!

beforeEach(async () => {
  sandbox = await serveStrapi(0)
})
afterEach(() => sandbox.close())

describe('drafts and published versions', () => {
  it('are one article: the words of the draft, the state of what readers see', async () => {
    const id = plant({ title: 'Hello' }, true)
    sandbox.store.update(id, { title: 'Hello again' }, false, Date.now())
    const record = (await connect().read('articles', [id], live())).get(id)!
    expect(stream.decode(record)).toMatchObject({
      title: 'Hello again',
      status: 'published',
      publishedAt: document(id).published?.publishedAt,
    })
    sandbox.store.unpublish(id)
    const later = (await connect().read('articles', [id], live())).get(id)!
    expect(stream.decode(later)).toMatchObject({ status: 'draft', publishedAt: null })
    expect(later.modifiedAt).toBe(record.modifiedAt)
  })

  it('a create makes a draft, marked with the record id', async () => {
    const [result] = await connect().write('articles', [creating('r-1', { title: 'New' })], live())
    expect(result?.next).toBe('done')
    const [made] = sandbox.store.documents.values()
    expect([made?.published, made?.draft['throughlineId']]).toEqual([null, 'r-1'])
    expect((await connect().find('articles', 'throughlineId', ['r-1', 'r-2'], live())).get('r-1')).toHaveLength(1)
  })

  it('a create of a record that is there is a conflict, not a second article', async () => {
    await connect().write('articles', [creating('r-1', { title: 'New' })], live())
    expect(await connect().write('articles', [creating('r-1', { title: 'New' })], live())).toMatchObject([{ next: 'conflict' }])
    expect(sandbox.store.documents.size).toBe(1)
  })

  it('an update reaches readers of a published article', async () => {
    const id = plant({ title: 'Hello' }, true)
    await connect().write('articles', [updating(id, { campaign: 'Spring' })], live())
    expect([document(id).draft['campaign'], document(id).published?.['campaign']]).toEqual(['Spring', 'Spring'])
  })

  it('an update never publishes what an editor is still writing, nor a draft', async () => {
    const edited = plant({ title: 'Hello' }, true)
    sandbox.store.update(edited, { title: 'Half a sent' }, false, Date.now())
    const draft = plant({ title: 'Draft' }, false)
    await connect().write('articles', [updating(edited, { campaign: 'Spring' }), updating(draft, { campaign: 'Spring' })], live())
    expect(document(edited).draft).toMatchObject({ title: 'Half a sent', campaign: 'Spring' })
    expect(document(edited).published).toMatchObject({ title: 'Hello', campaign: null })
    expect(document(draft).published).toBeNull()
  })

  it('a patch of the published state is refused, for the content API cannot unpublish', async () => {
    const id = plant({ title: 'Hello' }, true)
    expect(await connect().write('articles', [updating(id, { status: 'draft' })], live())).toMatchObject([{ next: 'reject' }])
    expect(sandbox.calls.writes).toBe(0)
  })

  it('a deleted article is gone for a delete, and a conflict for an update', async () => {
    const id = plant({ title: 'Hello' }, true)
    expect(await connect().write('articles', [deleting(id), deleting(id), updating(id, { title: 'x' })], live())).toMatchObject([
      { next: 'done' },
      { next: 'done' },
      { next: 'conflict', current: { state: 'deleted' } },
    ])
  })
})

describe('pull', () => {
  it('sees what was only published since, though its time of change did not move', async () => {
    const id = plant({ title: 'Hello' }, false, Date.now() - 60_000)
    plant({ title: 'Other' }, true, Date.now() - 60_000)
    const first = await gather(connect().pull('articles', null, live()))
    expect(first.records).toHaveLength(2)
    const idle = await gather(connect().pull('articles', first.cursor, live()))
    expect(idle.records).toEqual([])
    sandbox.store.publish(id, Date.now())
    const news = await gather(connect().pull('articles', first.cursor, live()))
    expect(news.records.map((record) => [record.id, stream.decode(record)['status']])).toEqual([[id, 'published']])
  })

  it('refuses a cursor that it did not write', async () => {
    for (const cursor of ['{', '[1,2]', '[1,"a",2]', '["a","b","c","d"]', '{"a":1}']) {
      await expect(gather(connect().pull('articles', cursor, live()))).rejects.toMatchObject({ name: 'VendorError', next: 'reject' })
    }
  })
})

describe('a Strapi that lies', () => {
  const row = (n: number) => ({
    id: n,
    documentId: `d${String(n).padStart(5, '0')}`,
    title: 'x',
    updatedAt: '2026-11-20T12:00:00.000Z',
    publishedAt: null,
  })
  const full = (from: number) => ({ data: Array.from({ length: 100 }, (_, n) => row(from + n)), meta: {} })
  const readings = (io: ReturnType<typeof ioOf>) => {
    const connection = strapi.connect({ url: 'http://127.0.0.1:1', token: 't', webhookToken: 'w' }, io)
    return {
      list: () => gather(connection.list('articles', null, live())),
      pull: () => gather(connection.pull('articles', null, live())),
      find: () => connection.find('articles', 'title', ['x'], live()),
    }
  }

  it('and repeats a page is stopped with an error', async () => {
    for (const name of ['list', 'pull', 'find'] as const) {
      const { io, asked } = lying(() => full(0))
      await expect(readings(io)[name](), name).rejects.toBeInstanceOf(VendorError)
      expect(asked()).toBeLessThan(10)
    }
  })

  it('and never ends pages without getting ahead is stopped as well', async () => {
    const { io, asked } = lying((_url, n) => full(n % 2 === 0 ? 100 : 0))
    await expect(readings(io).list()).rejects.toBeInstanceOf(VendorError)
    expect(asked()).toBeLessThan(10)
  })

  it('and answers 200 with a page is a matter of credentials, never of absence', async () => {
    const connection = strapi.connect({ url: 'http://127.0.0.1:1', token: 't', webhookToken: 'w' }, lying(page).io)
    await expect(connection.read('articles', ['d1'], live())).rejects.toMatchObject({ name: 'VendorError', next: 'unauthorised' })
    await expect(gather(connection.list('articles', null, live()))).rejects.toMatchObject({ next: 'unauthorised' })
    expect(await connection.check(live())).toMatchObject({ ok: false })
  })

  it('and answers fewer, more or in another order is read by id', async () => {
    const { io } = lying((url) => ({ data: url.searchParams.get('status') === 'draft' ? [row(3), row(9), row(1)] : [row(1)], meta: {} }))
    const connection = strapi.connect({ url: 'http://127.0.0.1:1', token: 't', webhookToken: 'w' }, io)
    const found = await connection.read('articles', ['d00001', 'd00002', 'd00003'], live())
    expect([...found].map(([id, record]) => [id, record?.id ?? null])).toEqual([
      ['d00001', 'd00001'],
      ['d00002', null],
      ['d00003', 'd00003'],
    ])
  })

  it('and confirms a write with another document leaves it unknown', async () => {
    const { io } = lying((_url, n) => (n < 3 ? { data: [row(1)] } : { data: row(2) }))
    const connection = strapi.connect({ url: 'http://127.0.0.1:1', token: 't', webhookToken: 'w' }, io)
    expect(await connection.write('articles', [updating('d00001', { title: 'x' })], live())).toMatchObject([{ next: 'unknown' }])
  })

  it('and asks to wait a century is asked again within the hour', async () => {
    const now = Date.now()
    const { io } = lying(() => new Response('{}', { status: 429, headers: { 'retry-after': '3153600000' } }))
    const connection = strapi.connect({ url: 'http://127.0.0.1:1', token: 't', webhookToken: 'w' }, { ...io, now: () => now })
    await expect(connection.read('articles', ['d1'], live())).rejects.toMatchObject({ next: 'limited', at: now + 3_600_000 })
  })

  it('and redirects is not followed', async () => {
    const { io, asked } = lying(() => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }))
    const connection = strapi.connect({ url: 'http://127.0.0.1:1', token: 't', webhookToken: 'w' }, io)
    await expect(connection.read('articles', ['d1'], live())).rejects.toMatchObject({ next: 'unauthorised' })
    expect(asked()).toBe(1)
  })
})

describe('webhooks of the sandbox', () => {
  it('come for the draft first, then for what is published, and are accepted', async () => {
    const target = await listener()
    sandbox.webhooks.settings({ target: target.url })
    const id = plant({ title: 'Hello' }, true)
    await expect.poll(() => target.got.length).toBe(2)
    await target.close()
    const signals = await Promise.all(
      target.got.map(({ headers, body }) =>
        connect().accept!({ method: 'POST', url: target.url, headers, body: Buffer.from(body), receivedAt: Date.now() }),
      ),
    )
    expect(target.got.map(({ headers }) => headers['x-strapi-event']).toSorted()).toEqual(['entry.create', 'entry.publish'])
    expect(signals.flat().map((signal) => signal.subject?.externalId)).toEqual([id, id])
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listener, raw } from '../../shared/testing.ts'
import { serveStrapi, STRAPI_TOKEN, type StrapiSandbox } from './index.ts'

let sandbox: StrapiSandbox
const token = { authorization: `Bearer ${STRAPI_TOKEN}` }
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = token) =>
  raw(sandbox.url, method, path, headers, body)
const post = (data: object, query = '?status=draft') => call('POST', `/api/articles${query}`, { data })

beforeEach(async () => {
  sandbox = await serveStrapi(0)
})
afterEach(() => sandbox.close())

describe('content API', () => {
  it('publishes at once unless told not to, as two rows of one document', async () => {
    const made = (await post({ title: 'Hello' }, '')).json['data']!
    const [draft, published] = await Promise.all(
      ['draft', 'published'].map(
        async (status) => (await call('GET', `/api/articles/${String(made['documentId'])}?status=${status}`)).json['data']!,
      ),
    )
    expect(draft!['documentId']).toEqual(published!['documentId'])
    expect(draft!['id']).not.toEqual(published!['id'])
    expect([draft!['publishedAt'], typeof published!['publishedAt']]).toEqual([null, 'string'])
    const hidden = (await post({ title: 'Hidden' })).json['data']!
    expect((await call('GET', `/api/articles/${String(hidden['documentId'])}`)).status).toBe(404)
  })

  it('filters, sorts and pages, 25 at a time and 100 at most', async () => {
    for (let n = 0; n < 120; n += 1) sandbox.store.create({ title: `T${String(n).padStart(3, '0')}` }, false, 1_000 * n)
    const get = async (query: string) => (await call('GET', `/api/articles?status=draft&${query}`)).json
    expect((await get('sort=title:desc'))['data']).toHaveLength(25)
    const page = await get('sort=title:asc&pagination[pageSize]=500')
    expect(page['data']).toHaveLength(100)
    expect(page['meta']).toEqual({ pagination: { page: 1, pageSize: 100, pageCount: 2, total: 120 } })
    expect((await get('sort=title:asc&pagination[pageSize]=100&pagination[page]=2&pagination[withCount]=false'))['data']).toHaveLength(20)
    expect((await get('filters[title][$in][0]=T003&filters[title][$in][1]=T007'))['data']).toHaveLength(2)
    const or = 'filters[$or][0][title][$eq]=T003&filters[$or][1][$and][0][title][$gt]=T100&filters[$or][1][$and][1][title][$lte]=T102'
    expect((await get(or))['data']).toHaveLength(3)
  })

  it.each([
    ['an unknown field in a filter', 'GET', '/api/articles?filters[nonsense][$eq]=1', undefined, 400, 'ValidationError'],
    ['an unknown field', 'POST', '/api/articles', { data: { nonsense: 1 } }, 400, 'ValidationError'],
    ['a wrong type', 'POST', '/api/articles', { data: { title: 7 } }, 400, 'ValidationError'],
    ['a slug that is none', 'POST', '/api/articles', { data: { slug: 'not a slug' } }, 400, 'ValidationError'],
    ['no data', 'POST', '/api/articles', {}, 400, 'ValidationError'],
    ['no JSON', 'POST', '/api/articles', '{', 400, 'ValidationError'],
    ['a missing document', 'PUT', '/api/articles/nowhere', { data: {} }, 404, 'NotFoundError'],
    ['a missing document', 'DELETE', '/api/articles/nowhere', undefined, 404, 'NotFoundError'],
  ])('refuses %s (%s)', async (_what, method, path, body, status, name) => {
    const answer = await call(method, path, body)
    expect([answer.status, answer.json['data']]).toEqual([status, null])
    expect(answer.json['error']).toMatchObject({ status, name, message: expect.any(String), details: expect.anything() })
  })

  it('keeps the record id unique', async () => {
    await post({ throughlineId: 'a' })
    const second = await post({ throughlineId: 'a' })
    expect(second.status).toBe(400)
    expect(second.json['error']!['details']!['errors']![0]).toMatchObject({
      path: ['throughlineId'],
      message: 'This attribute must be unique',
    })
  })

  it('knows its token', async () => {
    expect((await call('GET', '/api/articles', undefined, {})).status).toBe(403)
    expect((await call('GET', '/api/articles', undefined, { authorization: 'Bearer wrong' })).status).toBe(401)
  })

  it('answers 501 for what it does not know', async () => {
    expect((await call('GET', '/api/pages')).status).toBe(501)
  })
})

describe('faults', () => {
  const fault = (body: object) => raw(sandbox.url, 'PUT', '/_sandbox/faults', {}, [body])

  it('play in the shape of the vendor', async () => {
    await fault({ kind: 'status', status: 429, headers: { 'retry-after': '3' }, times: 1 })
    const limited = await post({ title: 'x' })
    expect([limited.status, limited.headers.get('retry-after'), limited.json['error']!['name']]).toEqual([429, '3', 'RateLimitError'])
    expect(sandbox.store.documents.size).toBe(0)
    await fault({ kind: 'dropAfter', times: 1 })
    await expect(post({ title: 'x' })).rejects.toThrow()
    expect(sandbox.store.documents.size).toBe(1)
    await fault({ kind: 'dropBefore', times: 1 })
    await expect(post({ title: 'x' })).rejects.toThrow()
    expect(sandbox.store.documents.size).toBe(1)
  })
})

describe('webhooks', () => {
  const tell = async (settings: object) => {
    const target = await listener(500)
    sandbox.webhooks.settings({ target: target.url, ...settings })
    return target
  }

  it('look as real ones do, and are not repeated when they fail', async () => {
    const target = await tell({})
    const id = (await post({ title: 'Hello' }, '')).json['data']!['documentId']
    await expect.poll(() => sandbox.webhooks.settings().failed).toBe(2)
    await target.close()
    const bodies = target.got.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
    expect(bodies.map((body) => body['event']).toSorted()).toEqual(['entry.create', 'entry.publish'])
    for (const body of bodies) {
      expect(Object.keys(body)).toEqual(['event', 'createdAt', 'model', 'uid', 'entry'])
      expect(body).toMatchObject({ model: 'article', uid: 'api::article.article', entry: { documentId: id } })
    }
    expect(target.got).toHaveLength(2)
  })

  it('come for unpublishing, discarding and deleting', async () => {
    const target = await tell({})
    const id = String((await post({ title: 'Hello' }, '')).json['data']!['documentId'])
    for (const verb of ['unpublish', 'publish', 'discard']) await raw(sandbox.url, 'POST', `/_sandbox/${verb}`, {}, { id })
    await call('DELETE', `/api/articles/${id}`)
    await expect.poll(() => target.got.length).toBe(7)
    await target.close()
    const names = target.got.map(({ headers }) => headers['x-strapi-event']).toSorted()
    expect(names).toEqual(['create', 'delete', 'delete', 'draft-discard', 'publish', 'publish', 'unpublish'].map((name) => `entry.${name}`))
  })

  it('are lost or doubled on demand', async () => {
    const target = await tell({ drop: 1 })
    await post({ title: 'Hello' })
    expect(sandbox.webhooks.settings().dropped).toBe(1)
    sandbox.webhooks.settings({ drop: 0, duplicate: 1 })
    await post({ title: 'Hello' })
    await expect.poll(() => target.got.length).toBe(2)
    await target.close()
    expect(target.got[0]?.headers['x-strapi-event']).toBe('entry.create')
  })
})

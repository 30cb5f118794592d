import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listener, raw } from '../../shared/testing.ts'
import { CONTENTFUL_SPACE, CONTENTFUL_TOKEN, serveContentful, type ContentfulSandbox } from './index.ts'

let sandbox: ContentfulSandbox
const base = `/spaces/${CONTENTFUL_SPACE}/environments/master`
const token = { authorization: `Bearer ${CONTENTFUL_TOKEN}` }
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  raw(sandbox.url, method, base + path, { ...token, ...headers }, body)
const version = (n: number) => ({ 'x-contentful-version': String(n) })
const article = { 'x-contentful-content-type': 'article' }
const titled = (title: string) => ({ fields: { title: { 'en-US': title } } })
const admin = (verb: string, body: object) => raw(sandbox.url, 'POST', `/_sandbox/${verb}`, {}, body)

beforeEach(async () => {
  sandbox = await serveContentful(0)
})
afterEach(() => sandbox.close())

describe('entries', () => {
  it('are created under a chosen id once; after that only under their version', async () => {
    const made = await call('PUT', '/entries/e1', titled('Hello'), article)
    expect([made.status, made.json['sys']!['version'], made.json['sys']!['id']]).toEqual([201, 1, 'e1'])
    const again = await call('PUT', '/entries/e1', titled('Hello'), article)
    expect([again.status, again.json['sys']]).toEqual([409, { type: 'Error', id: 'VersionMismatch' }])
    const stale = await call('PUT', '/entries/e1', titled('Bye'), version(2))
    expect([stale.status, stale.json['details']]).toEqual([409, 'Version mismatch, expected 1, got 2.'])
    const updated = await call('PUT', '/entries/e1', { fields: { campaign: { de: 'Frühling' } } }, version(1))
    expect([updated.status, updated.json['sys']!['version'], updated.json['fields']]).toEqual([200, 2, { campaign: { de: 'Frühling' } }])
  })

  it('are published, unpublished and deleted in that order only', async () => {
    await call('PUT', '/entries/e1', titled('Hello'), article)
    expect((await call('PUT', '/entries/e1/published', undefined, {})).status).toBe(409)
    const published = await call('PUT', '/entries/e1/published', undefined, version(1))
    expect(published.json['sys']).toMatchObject({
      version: 2,
      publishedVersion: 1,
      publishedCounter: 1,
      firstPublishedAt: expect.any(String),
    })
    expect((await call('DELETE', '/entries/e1', undefined, version(2))).json['message']).toBe('Cannot delete published')
    expect((await admin('archive', { id: 'e1' })).status).toBe(400)
    const hidden = await call('DELETE', '/entries/e1/published', undefined, version(2))
    expect(hidden.json['sys']).not.toHaveProperty('publishedVersion')
    expect(hidden.json['sys']).toMatchObject({ version: 3, firstPublishedAt: expect.any(String) })
    await admin('archive', { id: 'e1' })
    expect((await call('PUT', '/entries/e1', titled('Bye'), version(4))).json['message']).toBe('Cannot edit archived')
    expect((await call('DELETE', '/entries/e1', undefined, version(3))).status).toBe(409)
    expect((await call('DELETE', '/entries/e1', undefined, version(4))).status).toBe(204)
    expect((await call('GET', '/entries/e1')).json['sys']).toEqual({ type: 'Error', id: 'NotFound' })
  })

  it.each([
    ['an unknown field', { fields: { nonsense: { 'en-US': 'x' } } }, 'unknown'],
    ['an unknown locale', { fields: { title: { fr: 'x' } } }, 'unknown'],
    ['a wrong type', { fields: { title: { 'en-US': 7 } } }, 'type'],
    ['a title too long', titled('x'.repeat(257)), 'size'],
  ])('refuse %s', async (_what, body, name) => {
    const answer = await call('PUT', '/entries/e1', body, article)
    expect([answer.status, answer.json['sys']!['id'], answer.json['details']!['errors']![0]!['name']]).toEqual([
      422,
      'ValidationFailed',
      name,
    ])
    expect(sandbox.store.entries.size).toBe(0)
  })

  it('are listed 100 at a time and 1,000 at most, by type, id, time and short text', async () => {
    for (let n = 0; n < 120; n += 1)
      sandbox.store.create(`e${String(n).padStart(3, '0')}`, titled(`T${n % 10}`).fields, undefined, 1_000 * n, 'editor-user')
    const get = async (query: string) => (await call('GET', `/entries?${query}`)).json
    expect(await get('')).toMatchObject({ sys: { type: 'Array' }, total: 120, skip: 0, limit: 100 })
    expect((await get('limit=5000'))['limit']).toBe(1_000)
    const page = await get('order=sys.id&skip=115')
    expect((page['items'] as unknown as { sys: { id: string } }[]).map(({ sys }) => sys.id)).toEqual([
      'e115',
      'e116',
      'e117',
      'e118',
      'e119',
    ])
    expect((await get('sys.id[in]=e001,e002,zzz'))['total']).toBe(2)
    expect((await get('sys.updatedAt[gte]=1970-01-01T00:01:00.000Z'))['total']).toBe(60)
    expect((await get('content_type=article&fields.title=T3'))['total']).toBe(12)
    expect((await get('content_type=article&fields.title[in]=T3,T4'))['total']).toBe(24)
    expect((await get('content_type=page'))['total']).toBe(0)
  })

  it.each(['sys.id[gt]=e001', 'fields.title=x', 'content_type=article&fields.summary=x', 'order=fields.title', 'skip=-1', 'nonsense=1'])(
    'are not listed by %s',
    async (query) => {
      const answer = await call('GET', `/entries?${query}`)
      expect([answer.status, answer.json['sys']]).toEqual([400, { type: 'Error', id: 'InvalidQuery' }])
    },
  )

  it('need the token, the space and JSON', async () => {
    expect((await raw(sandbox.url, 'GET', `${base}/entries`)).json['sys']).toEqual({ type: 'Error', id: 'AccessTokenInvalid' })
    expect((await raw(sandbox.url, 'GET', '/spaces/other/environments/master/entries', token)).status).toBe(501)
    expect((await call('PUT', '/entries/e1', '{', article)).status).toBe(400)
    expect((await call('PUT', '/entries/e1', titled('x'), version(0))).status).toBe(422)
  })
})

it('calls are counted by the second, and refused with a time once there are too many', async () => {
  const free = await call('GET', '/entries')
  expect(free.headers.get('x-contentful-ratelimit-second-limit')).toBe('10')
  await admin('limits', { perSecond: 2 })
  const answers = await Promise.all(Array.from({ length: 8 }, () => call('GET', '/entries')))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThanOrEqual(4)
  expect([refused[0]!.headers.get('x-contentful-ratelimit-reset'), refused[0]!.json['sys']!['id']]).toEqual(['1', 'RateLimitExceeded'])
})

it('faults play in the shape of the vendor', async () => {
  sandbox.faults.set([{ kind: 'status', status: 503, times: 1 }])
  expect((await call('GET', '/entries')).json['sys']).toEqual({ type: 'Error', id: 'ServiceUnavailable' })
  sandbox.faults.set([{ kind: 'dropAfter', times: 1 }])
  await expect(call('PUT', '/entries/e1', titled('x'), article)).rejects.toThrow()
  expect(sandbox.store.entries.size).toBe(1)
})

it('webhooks come for every action, with a key of their own each', async () => {
  const target = await listener()
  sandbox.webhooks.settings({ target: target.url })
  const [id] = (await admin('plant', { rows: [{ title: 'Hello' }], published: true })).json as unknown as string[]
  await admin('edit', { id, fields: { title: 'He' }, auto: true })
  await admin('unpublish', { id })
  await admin('remove', { id })
  await expect.poll(() => target.got.length).toBe(5)
  await target.close()
  const topics = target.got.map(({ headers }) => headers['x-contentful-topic']).toSorted()
  expect(topics).toEqual(['auto_save', 'create', 'delete', 'publish', 'unpublish'].map((action) => `ContentManagement.Entry.${action}`))
  expect(new Set(target.got.map(({ headers }) => headers['x-contentful-idempotency-key'])).size).toBe(5)
  const gone = target.got.find(({ headers }) => headers['x-contentful-topic']?.endsWith('.delete'))
  expect(JSON.parse(gone!.body)).toMatchObject({ sys: { type: 'DeletedEntry', id } })
})

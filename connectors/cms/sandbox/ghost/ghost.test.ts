import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adminToken } from '../../ghost/token.ts'
import { listener, raw } from '../../shared/testing.ts'
import { GHOST_KEY, serveGhost, type GhostSandbox } from './index.ts'

let sandbox: GhostSandbox
const base = '/ghost/api/admin/posts/'
const auth = (key = GHOST_KEY, at = Date.now()) => ({ authorization: `Ghost ${adminToken(key, at)}` })
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = auth()) =>
  raw(sandbox.url, method, base + path, headers, body)
const post = async (data: object) => (await call('POST', '', { posts: [data] })).json['posts']![0]!
const titles = async (filter: string) => {
  const answer = await call('GET', `?order=title%20asc&filter=${encodeURIComponent(filter)}`)
  return answer.status === 200 ? (answer.json['posts'] as unknown as { title: string }[]).map(({ title }) => title) : answer.status
}

beforeEach(async () => {
  sandbox = await serveGhost(0)
})
afterEach(() => sandbox.close())

describe('Admin API', () => {
  it('makes drafts, whole seconds, and another slug where one is taken', async () => {
    const [first, second] = [await post({ title: 'Hello' }), await post({ title: 'Hello' })]
    expect([first['slug'], second['slug'], first['status']]).toEqual(['hello', 'hello-2', 'draft'])
    expect(String(first['updated_at'])).toMatch(/\.000Z$/)
    expect(String(first['url'])).toContain(`/p/${String(first['uuid'])}/`)
  })

  it('wants the version with every update, and refuses another', async () => {
    const made = await post({ title: 'Hello' })
    const put = (data: object) => call('PUT', `${String(made['id'])}/`, { posts: [data] })
    expect((await put({ title: 'x' })).status).toBe(422)
    const stale = await put({ title: 'x', updated_at: '2020-01-01T00:00:00.000Z' })
    expect([stale.status, stale.json['errors']![0]!['type'], stale.json['errors']![0]!['code']]).toEqual([
      409,
      'UpdateCollisionError',
      'UPDATE_COLLISION',
    ])
    const good = await put({ title: 'x', updated_at: made['updated_at'], tags: [{ name: 'A' }] })
    expect(good.json['posts']![0]).toMatchObject({ title: 'x', tags: [{ name: 'A', slug: 'a' }] })
    const again = await put({ updated_at: good.json['posts']![0]!['updated_at'], tags: [{ name: '#B' }] })
    expect(again.json['posts']![0]!['tags']).toMatchObject([{ name: '#B', slug: 'hash-b', visibility: 'internal' }])
  })

  it('filters by a slice of NQL', async () => {
    for (const title of ['A', `B'c"d`, 'C, (x)+y', 'D']) await post({ title, tags: title === 'D' ? ['News'] : [] })
    expect(await titles(`title:'A'`)).toEqual(['A'])
    expect(await titles(String.raw`title:['B\'c\"d','C, (x)+y']`)).toEqual([`B'c"d`, 'C, (x)+y'])
    expect(await titles(`title:A,(title:>'B'+tag:news)`)).toEqual(['A', 'D'])
    expect(await titles(`updated_at:>'2000-01-01 00:00:00'+status:draft`)).toHaveLength(4)
    for (const broken of [`title:'A`, `nonsense:1`, `title:'A'+`, `(title:A`, `title:'a"b'`]) expect(await titles(broken)).toBe(400)
  })

  it('caps a page at a hundred, whatever is asked for', async () => {
    for (let n = 0; n < 120; n += 1) sandbox.store.create({ title: `T${n}` }, 1_000 * n)
    for (const limit of ['all', '500', '100']) {
      const answer = await call('GET', `?limit=${limit}`)
      expect((answer.json['posts'] as unknown as unknown[]).length).toBe(100)
      expect(answer.json['meta']!['pagination']).toMatchObject({ total: 120 })
    }
  })

  it.each([
    ['no title', { posts: [{}] }, 422, 'ValidationError'],
    ['a long title', { posts: [{ title: 'x'.repeat(256) }] }, 422, 'ValidationError'],
    ['no root', { title: 'x' }, 400, 'BadRequestError'],
    ['no JSON', '{', 400, 'BadRequestError'],
  ])('refuses %s', async (_what, body, status, type) => {
    const answer = await call('POST', '', body)
    expect([answer.status, answer.json['errors']![0]!['type']]).toEqual([status, type])
  })

  it('knows its key, and takes no old token', async () => {
    for (const headers of [
      {},
      auth(GHOST_KEY.replace('5d', '5e')),
      auth(GHOST_KEY, Date.now() - 600_000),
      { authorization: 'Ghost x.y.z' },
    ]) {
      const answer = await call('GET', '', undefined, headers)
      expect([answer.status, answer.json['errors']![0]!['code']]).toEqual([401, 'INVALID_JWT'])
    }
  })

  it('answers 404 for a missing post and 501 for what it does not know', async () => {
    expect((await call('GET', '6b0039de4d8ae551ca16f2ef/')).status).toBe(404)
    expect((await call('DELETE', '6b0039de4d8ae551ca16f2ef/')).status).toBe(404)
    expect((await raw(sandbox.url, 'GET', '/ghost/api/admin/pages/')).status).toBe(501)
  })
})

it('plays faults in the shape of the vendor', async () => {
  const fault = (body: object) => raw(sandbox.url, 'PUT', '/_sandbox/faults', {}, [body])
  await fault({ kind: 'status', status: 503, times: 1 })
  const refused = await call('POST', '', { posts: [{ title: 'x' }] })
  expect([refused.status, refused.json['errors']![0]!['type'], sandbox.store.posts.size]).toEqual([503, 'MaintenanceError', 0])
  await fault({ kind: 'dropAfter', times: 1 })
  await expect(post({ title: 'x' })).rejects.toThrow()
  expect(sandbox.store.posts.size).toBe(1)
})

it('tells what happened as real webhooks do, once, with only what changed in the past', async () => {
  const target = await listener(500)
  sandbox.webhooks.settings({ target: target.url })
  const made = await post({ title: 'Hello' })
  const id = String(made['id'])
  await call('PUT', `${id}/`, { posts: [{ status: 'published', updated_at: made['updated_at'] }] })
  await call('DELETE', `${id}/`)
  await expect.poll(() => sandbox.webhooks.settings().failed).toBe(4)
  await target.close()
  const bodies = target.got.map(({ body }) => JSON.parse(body) as { event: string; post: { current: { id?: string }; previous: object } })
  const by = (event: string) => bodies.find((body) => body.event === event)?.post
  expect(bodies.map((body) => body.event).toSorted()).toEqual(['post.added', 'post.deleted', 'post.edited', 'post.published'])
  expect(by('post.added')).toMatchObject({ current: { id }, previous: {} })
  expect(by('post.edited')?.previous).toMatchObject({ status: 'draft', published_at: null })
  expect(by('post.edited')?.previous).not.toHaveProperty('title')
  expect(by('post.deleted')).toMatchObject({ current: {}, previous: { id } })
  for (const { headers } of target.got) expect(headers['x-ghost-signature']).toMatch(/^sha256=[0-9a-f]{64}, t=\d{13}$/)
})

import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listener, raw } from '../../shared/testing.ts'
import { serveWordpress, WORDPRESS_TOKEN, WORDPRESS_WEBHOOK_SECRET, type WordpressSandbox } from './index.ts'

let sandbox: WordpressSandbox
const base = '/wp-json/wp/v2/posts'
const call = (method: string, path: string, body?: unknown, token: string | null = WORDPRESS_TOKEN) =>
  raw(sandbox.url, method, base + path, token === null ? {} : { authorization: `Basic ${token}` }, body)
const ids = async (query: string) => {
  const { status, json } = await call('GET', query)
  return status === 200 ? (json as unknown as { id: number }[]).map(({ id }) => id) : status
}

beforeEach(async () => {
  sandbox = await serveWordpress(0)
})
afterEach(() => sandbox.close())

describe('posts', () => {
  it('are shown as written and as rendered, in whole seconds without a zone', async () => {
    const made = await call('POST', '', { title: 'A & B', meta: { campaign: 'Spring', nonsense: 'x' } })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({
      id: 1,
      status: 'draft',
      title: { raw: 'A & B', rendered: expect.stringContaining('&amp;') },
      meta: { campaign: 'Spring' },
    })
    expect(String(made.json['modified_gmt'])).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
    expect(made.json['meta']).not.toHaveProperty('nonsense')
  })

  it('go to the trash first, where they are out of lists and can still be written', async () => {
    await call('POST', '', { title: 'A' })
    expect((await call('DELETE', '/1')).json['status']).toBe('trash')
    expect(await ids('?status=any')).toEqual([])
    expect((await call('POST', '/1', { title: 'B' })).json).toMatchObject({ status: 'trash', title: { raw: 'B' } })
    const again = await call('DELETE', '/1')
    expect([again.status, again.json['code']]).toEqual([410, 'rest_already_trashed'])
  })

  it('are listed by page or offset, ten at a time and a hundred at most', async () => {
    for (let n = 0; n < 120; n += 1)
      sandbox.store.create({ title: `T${n}`, slug: `t-${n}`, status: n % 2 === 0 ? 'publish' : 'draft' }, 1_000 * n)
    expect(await ids('')).toHaveLength(10)
    expect(await ids('?per_page=101')).toBe(400)
    expect(await ids('?status=any&per_page=100&orderby=id&order=asc&offset=99')).toEqual(Array.from({ length: 21 }, (_, n) => n + 100))
    expect(await ids('?status=any&per_page=100&orderby=id&order=asc&page=2')).toHaveLength(20)
    expect(await ids('?status=any&include=3,5&orderby=id&order=asc')).toEqual([3, 5])
    expect(await ids('?status=any&slug=t-3,t-7&orderby=id&order=asc')).toEqual([4, 8])
    expect((await call('GET', '?status=any')).headers.get('x-wp-total')).toBe('120')
  })

  it.each([
    ['nothing to say', 'POST', '', {}, 400, 'empty_content'],
    ['an unknown status', 'POST', '', { title: 'x', status: 'nonsense' }, 400, 'rest_invalid_param'],
    ['a null text', 'POST', '', { title: null }, 400, 'rest_invalid_param'],
    ['no JSON', 'POST', '', '{', 400, 'rest_invalid_json'],
    ['a missing post', 'POST', '/9', {}, 404, 'rest_post_invalid_id'],
    ['a missing post', 'DELETE', '/9', undefined, 404, 'rest_post_invalid_id'],
  ])('refuse %s (%s %s)', async (_what, method, path, body, status, code) => {
    const answer = await call(method, path, body)
    expect([answer.status, answer.json['code'], answer.json['data']!['status']]).toEqual([status, code, status])
  })

  it('know their application password, and nothing else', async () => {
    expect((await call('GET', '', undefined, null)).json['code']).toBe('rest_not_logged_in')
    expect((await call('GET', '', undefined, 'wrong')).json['code']).toBe('incorrect_password')
    expect((await raw(sandbox.url, 'GET', '/wp-json/wp/v2/pages')).status).toBe(501)
  })
})

it('plays faults in the shape of the vendor', async () => {
  await raw(sandbox.url, 'PUT', '/_sandbox/faults', {}, [{ kind: 'status', status: 429, times: 1 }])
  expect((await call('POST', '', { title: 'x' })).json).toMatchObject({ code: 'too_many_requests', data: { status: 429 } })
  await raw(sandbox.url, 'PUT', '/_sandbox/faults', {}, [{ kind: 'dropAfter', times: 1 }])
  await expect(call('POST', '', { title: 'x' })).rejects.toThrow()
  expect(sandbox.store.posts.size).toBe(1)
})

it('sends webhooks as the plugin does: signed over time and body, each with an id of its own', async () => {
  const target = await listener()
  sandbox.webhooks.settings({ target: target.url })
  await call('POST', '', { title: 'A' })
  await call('POST', '/1', { title: 'B' })
  await call('DELETE', '/1')
  await raw(sandbox.url, 'POST', '/_sandbox/untrash', {}, { id: 1 })
  await expect.poll(() => target.got.length).toBe(4)
  await target.close()
  const bodies = target.got.map(({ body }) => JSON.parse(body) as Record<string, unknown>)
  expect(bodies.map((body) => body['event'])).toEqual(['post.created', 'post.updated', 'post.trashed', 'post.untrashed'])
  expect(new Set(bodies.map((body) => body['delivery'])).size).toBe(4)
  for (const { headers, body } of target.got) {
    const expected = createHmac('sha256', WORDPRESS_WEBHOOK_SECRET).update(`${headers['x-throughline-timestamp']}.${body}`).digest('hex')
    expect(headers['x-throughline-signature']).toBe(`sha256=${expected}`)
  }
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { captured, listener, raw } from '../../shared/testing.ts'
import { DIRECTUS_TOKEN, type DirectusSandbox, serveDirectus } from './index.ts'

let sandbox: DirectusSandbox
const call = (method: string, path: string, body?: unknown, token: string | null = DIRECTUS_TOKEN) =>
  raw(sandbox.url, method, path, token === null ? {} : { authorization: `Bearer ${token}` }, body)
const query = (values: Record<string, string>) => `/items/articles?${new URLSearchParams(values).toString()}`
const titles = async (values: Record<string, string>) =>
  ((await call('GET', query(values))).json['data'] as unknown as { title: string }[]).map(({ title }) => title)

beforeEach(async () => {
  sandbox = await serveDirectus(0)
})
afterEach(() => sandbox.close())

describe('items', () => {
  it('are made, changed one by one or many at once, and removed', async () => {
    const made = (await call('POST', '/items/articles', { title: 'Hello' })).json['data']!
    expect(made).toMatchObject({ id: 1, title: 'Hello', status: 'draft' })
    await call('POST', '/items/articles', { title: 'Other' })
    expect((await call('PATCH', '/items/articles/1', { title: 'Bye' })).json['data']).toMatchObject({ id: 1, title: 'Bye' })
    await call('PATCH', '/items/articles', { keys: [1, 2], data: { campaign: 'Spring' } })
    expect([...sandbox.store.items.values()].map((item) => item['campaign'])).toEqual(['Spring', 'Spring'])
    expect((await call('DELETE', '/items/articles/1')).status).toBe(204)
    expect(sandbox.store.items.size).toBe(1)
  })

  it('are filtered, sorted and cut', async () => {
    for (let n = 0; n < 120; n += 1) sandbox.store.create({ title: `T${String(n).padStart(3, '0')}` }, 1_000 * n)
    expect(await titles({})).toHaveLength(100)
    expect(await titles({ limit: '-1' })).toHaveLength(120)
    expect(await titles({ sort: '-id', limit: '1' })).toEqual(['T119'])
    expect(await titles({ filter: '{"id":{"_in":["3","5"]}}' })).toEqual(['T002', 'T004'])
    const after = '{"_or":[{"date_updated":{"_gt":"1970-01-01T00:01:58.000Z"}},{"_and":[{"title":{"_eq":"T003"}},{"id":{"_gt":2}}]}]}'
    expect(await titles({ filter: after })).toEqual(['T003', 'T119'])
  })

  it.each([
    ['a missing item', 'GET', '/items/articles/9', undefined, 403, 'FORBIDDEN'],
    ['a missing item', 'PATCH', '/items/articles/9', {}, 403, 'FORBIDDEN'],
    ['a missing item', 'DELETE', '/items/articles/9', undefined, 403, 'FORBIDDEN'],
    ['an unknown field', 'POST', '/items/articles', { nonsense: 1 }, 403, 'FORBIDDEN'],
    ['an unknown field in a sort', 'GET', '/items/articles?sort=nonsense', undefined, 403, 'FORBIDDEN'],
    ['a broken filter', 'GET', '/items/articles?filter={', undefined, 400, 'INVALID_QUERY'],
    ['a long title', 'POST', '/items/articles', { title: 'x'.repeat(256) }, 400, 'VALUE_TOO_LONG'],
    ['a wrong value', 'POST', '/items/articles', { status: 'nonsense' }, 400, 'FAILED_VALIDATION'],
    ['no JSON', 'POST', '/items/articles', '{', 400, 'INVALID_PAYLOAD'],
  ])('refuse %s (%s %s)', async (_what, method, path, body, status, code) => {
    const answer = await call(method, path, body)
    expect([answer.status, answer.json['errors']![0]!['extensions']]).toEqual([status, { code }])
  })

  it('know their token, and nothing else', async () => {
    expect((await call('GET', '/items/articles', undefined, null)).status).toBe(403)
    expect((await call('GET', '/items/articles', undefined, 'wrong')).status).toBe(401)
    expect((await call('GET', '/items/pages')).status).toBe(501)
  })
})

it('plays faults in the shape of the vendor', async () => {
  await raw(sandbox.url, 'PUT', '/_sandbox/faults', {}, [{ kind: 'status', status: 429, times: 1 }])
  const limited = await call('POST', '/items/articles', { title: 'x' })
  expect([limited.status, limited.json['errors']![0]!['extensions']!['code'], sandbox.store.items.size]).toEqual([
    429,
    'REQUESTS_EXCEEDED',
    0,
  ])
  await raw(sandbox.url, 'PUT', '/_sandbox/faults', {}, [{ kind: 'dropAfter', times: 1 }])
  await expect(call('POST', '/items/articles', { title: 'x' })).rejects.toThrow()
  expect(sandbox.store.items.size).toBe(1)
})

it('sends webhooks with the very body of the capture, and irregular ones after', async () => {
  const target = await listener()
  sandbox.webhooks.settings({ target: target.url })
  sandbox.store.create({ title: 'First' }, Date.now())
  await call('POST', '/items/articles', { title: 'Hello', body: 'b' })
  await call('PATCH', '/items/articles', { keys: [1, 2], data: { title: 'x' } })
  await call('DELETE', '/items/articles/2')
  await expect.poll(() => target.got.length).toBe(4)
  await target.close()
  const real = captured(new URL('../../declared/captures/directus-01.json', import.meta.url))
  const bodies = target.got.map(({ body }) => body)
  expect(bodies).toContain(Buffer.from(real.body).toString('utf8'))
  expect(bodies).toContain('{"event":"articles.items.update","payload":{"title":"x"},"keys":[1,2],"collection":"articles"}')
  expect(bodies).toContain('{"event":"articles.items.delete","payload":[2],"keys":[2],"collection":"articles"}')
})

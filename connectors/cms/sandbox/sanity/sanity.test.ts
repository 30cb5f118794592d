import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listener, raw } from '../../shared/testing.ts'
import { SANITY_PROJECT, SANITY_TOKEN, serveSanity, type SanitySandbox } from './index.ts'

let sandbox: SanitySandbox
const head = { authorization: `Bearer ${SANITY_TOKEN}`, 'x-sanity-project-id': SANITY_PROJECT }
const post = (path: string, body: unknown, headers: Record<string, string> = head) =>
  raw(sandbox.url, 'POST', `/v2025-02-19/data/${path}`, headers, body)
const query = (text: string, params: object = {}, more = '') =>
  post(`query/production?perspective=published${more}`, { query: text, params })
const mutate = (...mutations: object[]) => post('mutate/production?returnIds=true&returnDocuments=true&visibility=sync', { mutations })
const ids = (answer: { json: unknown }) => (answer.json as { result: { _id: string }[] }).result.map(({ _id }) => _id)
const problem = (answer: { status: number; json: unknown }) => {
  const { error } = answer.json as { error: { type: string; items: { error: { type: string }; index: number }[] } }
  return [answer.status, error.type, error.items[0]?.error.type, error.items[0]?.index]
}

beforeEach(async () => {
  sandbox = await serveSanity(0)
})
afterEach(() => sandbox.close())

describe('mutations', () => {
  const a = { _id: 'a', _type: 'article', title: 'Hello' }

  it('say what became of each, and give the documents', async () => {
    const made = await mutate(
      { create: a },
      { createIfNotExists: { ...a, title: 'Other' } },
      { patch: { id: 'a', set: { n: 1 } } },
      { delete: { id: 'b' } },
    )
    expect(made.json['results']).toMatchObject([
      { id: 'a', operation: 'create', document: { title: 'Hello', _updatedAt: expect.stringMatching(/T\d\d:\d\d:\d\dZ$/) } },
      { id: 'a', operation: 'none' },
      { id: 'a', operation: 'update', document: { n: 1, title: 'Hello', _rev: made.json['transactionId'] } },
    ])
    expect((await mutate({ createOrReplace: { _id: 'a', _type: 'article' } })).json['results']).toMatchObject([{ operation: 'update' }])
    expect(sandbox.store.all().get('a')).not.toHaveProperty('title')
    expect((await mutate({ delete: { id: 'a' } })).json['results']).toMatchObject([{ id: 'a', operation: 'delete' }])
  })

  it.each([
    [
      'a revision that is not the present one',
      { patch: { id: 'a', ifRevisionID: 'old', set: { title: 'x' } } },
      409,
      'documentRevisionIDDoesNotMatchError',
    ],
    ['what is there already', { create: a }, 409, 'documentAlreadyExistsError'],
    ['what is not there', { patch: { id: 'zz', set: {} } }, 404, 'documentNotFoundError'],
    ['a reference to nowhere', { patch: { id: 'a', set: { author: { _ref: 'zz' } } } }, 409, 'documentReferenceDoesNotExistError'],
    ['an operation that is not known here', { patch: { id: 'a', inc: { n: 1 } } }, 400, 'invalidMutationError'],
    ['no operation at all', { nonsense: {} }, 400, 'invalidMutationError'],
  ])('are refused as a whole for %s', async (_what, bad, status, type) => {
    await mutate({ create: a })
    const before = structuredClone([...sandbox.store.all()])
    expect(problem(await mutate({ patch: { id: 'a', set: { title: 'Bye' } } }, bad))).toEqual([status, 'mutationError', type, 1])
    expect([...sandbox.store.all()]).toEqual(before)
  })

  it('do not delete what something refers to strongly', async () => {
    await mutate({ create: a }, { create: { _id: 'b', _type: 'list', items: [{ _ref: 'a' }] } })
    expect(problem(await mutate({ delete: { id: 'a' } }))).toEqual([409, 'mutationError', 'documentHasExistingReferencesError', 0])
    await mutate({ patch: { id: 'b', set: { items: [{ _ref: 'a', _weak: true }] } } })
    expect((await mutate({ delete: { id: 'a' } })).status).toBe(200)
  })

  it('set before they set what is missing, and set nothing inside of what is not there', async () => {
    await mutate({ create: a })
    await mutate({ patch: { id: 'a', setIfMissing: { slug: { _type: 'slug' } }, set: { 'slug.current': 'x', title: 'Bye' } } })
    expect(sandbox.store.all().get('a')).toMatchObject({ slug: { _type: 'slug' }, title: 'Bye' })
    expect(sandbox.store.all().get('a')?.['slug']).not.toHaveProperty('current')
  })
})

describe('queries', () => {
  beforeEach(async () => {
    const doc = (id: string, title: string, n: number, more: object = {}) => ({ create: { _id: id, _type: 'article', title, n, ...more } })
    await mutate(doc('a', 'x', 1), doc('b', 'y', 2, { slug: { current: 's' } }), doc('c', 'x', 3), {
      create: { _id: 'd', _type: 'page', title: 'x' },
    })
    await mutate({ create: { _id: 'drafts.a', _type: 'article', title: 'x' } })
  })

  it.each([
    ['*[_type == $type] | order(_id)', ['a', 'b', 'c']],
    ['*[_type == $type && title == "x"] | order(_id desc)', ['c', 'a']],
    ['*[_type == $type] | order(title desc, _id asc)[0...2]', ['b', 'a']],
    ['*[_type == $type && (n > 2 || slug.current == "s")] | order(_id)', ['b', 'c']],
    ['*[_type == $type && !(title in $values)] | order(_id)', ['b']],
    ['*[_type == $type && n >= 2 && n < 3 && missing != "x"]', ['b']],
    ['*[_type == $type && missing > 1]', []],
    ['*[true && missing == null && _type == $type] | order(_id)', ['a', 'b', 'c']],
    ['*[dateTime(_updatedAt) > dateTime($time)] | order(_id)[1...3]', ['b', 'c']],
  ])('%s', async (text, expected) => {
    expect(ids(await query(text, { type: 'article', values: ['x', 'z'], time: '2020-01-01T00:00:00Z' }))).toEqual(expected)
  })

  it('see drafts only in the raw perspective', async () => {
    const all = await post('query/production?perspective=raw', { query: '*[_type == "article"] | order(_id)' })
    expect(ids(all)).toEqual(['a', 'b', 'c', 'drafts.a'])
  })

  it.each([
    '*',
    '[true]',
    '*[_type == $type',
    '*[_type == $other]',
    '*[_type == $type]{title}',
    '*[title match "x*"]',
    '*[count(n) > 1]',
    '*[_type == $type][0..2]',
    '*[] ',
    "*[title == 'x']",
  ])('that are not understood are refused: %s', async (text) => {
    const answer = await query(text, { type: 'article' })
    expect([answer.status, answer.json['error']!['type']]).toEqual([400, 'queryParseError'])
  })
})

it('knows its token, its project and its dataset', async () => {
  expect((await post('query/production', { query: '*[true]' }, {})).json).toMatchObject({ statusCode: 401, error: 'Unauthorized' })
  expect((await post('query/production', { query: '*[true]' }, { ...head, 'x-sanity-project-id': 'other' })).status).toBe(401)
  expect((await post('query/staging', { query: '*[true]' })).status).toBe(404)
  expect((await post('query/production', '{')).status).toBe(400)
})

it('faults play in the shape of the vendor', async () => {
  sandbox.faults.set([{ kind: 'status', status: 429, headers: { 'retry-after': '3' }, times: 1 }])
  const limited = await query('*[true]')
  expect([limited.status, limited.headers.get('retry-after'), limited.json['error']]).toEqual([429, '3', 'Too Many Requests'])
  sandbox.faults.set([{ kind: 'dropAfter', times: 1 }])
  await expect(mutate({ create: { _id: 'a', _type: 'article' } })).rejects.toThrow()
  expect(sandbox.store.all().size).toBe(1)
})

it('webhooks come one for each published document of a transaction, after each other', async () => {
  const target = await listener()
  sandbox.webhooks.settings({ target: target.url })
  const made = await mutate(
    { create: { _id: 'a', _type: 'article' } },
    { patch: { id: 'a', set: { n: 1 } } },
    { create: { _id: 'drafts.b', _type: 'article' } },
  )
  await mutate({ delete: { id: 'a' } })
  await mutate({ create: { _id: 'c', _type: 'article' } }, { delete: { id: 'c' } })
  await expect.poll(() => target.got.length).toBe(2)
  await target.close()
  expect(target.got.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
    { _id: 'a', _type: 'article', _rev: made.json['transactionId'], operation: 'create' },
    { _id: 'a', operation: 'delete' },
  ])
  expect(target.got[0]?.headers).toMatchObject({
    'sanity-operation': 'create',
    'sanity-transaction-id': made.json['transactionId'],
    'sanity-dataset': 'production',
  })
})

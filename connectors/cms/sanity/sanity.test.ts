import { VendorError } from '@throughline/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SANITY_PROJECT, SANITY_TOKEN, SANITY_WEBHOOK_SECRET, serveSanity, type SanitySandbox } from '../sandbox/index.ts'
import { creating, deleting, gather, ioOf, listener, live, lying, page, raw, updating } from '../shared/testing.ts'
import { sanity } from './index.ts'

let sandbox: SanitySandbox
const account = { projectId: SANITY_PROJECT, token: SANITY_TOKEN, webhookSecret: SANITY_WEBHOOK_SECRET }
const io = (own: object = {}) => ioOf({ fields: { articles: ['title', 'slug.current', 'summary', 'sanity::perspective'] }, ...own })
const connect = (own: object = {}) => sanity.connect({ url: sandbox.url, ...account, ...own }, io())
const stream = sanity.streams['articles']!
const write = (...deliveries: Parameters<ReturnType<typeof connect>['write']>[1]) => connect().write('articles', deliveries, live())
const read = async (id: string) => (await connect().read('articles', [id], live())).get(id) ?? null
const transact = (...mutations: object[]) => sandbox.store.transact(mutations, Date.now())
const plant = (attributes: object, at = Date.now() - 60_000) =>
  sandbox.store.transact([{ create: { _type: 'article', ...attributes } }], at)[0]!.id
const doc = (id: string) => sandbox.store.all().get(id)!
const admin = (verb: string, body: object) => raw(sandbox.url, 'POST', `/_sandbox/${verb}`, {}, body)

beforeEach(async () => {
  sandbox = await serveSanity(0)
})
afterEach(() => sandbox.close())

describe('creating', () => {
  it('takes the record id for the id of the document, so that a second one cannot come to be', async () => {
    const [made] = await write(creating('0192f000-0000-7000-8000-000000000001', { title: 'New', 'slug.current': 'new' }))
    expect(made).toMatchObject({ next: 'done', receipt: { externalId: '0192f000-0000-7000-8000-000000000001', created: true } })
    expect(doc('0192f000-0000-7000-8000-000000000001')).toMatchObject({ _type: 'article', slug: { _type: 'slug', current: 'new' } })
    const [again] = await write(creating('0192f000-0000-7000-8000-000000000001', { title: 'Newer' }))
    expect(again).toMatchObject({ next: 'done', receipt: { created: false } })
    expect(sandbox.store.all().size).toBe(1)
    expect(doc('0192f000-0000-7000-8000-000000000001')).toMatchObject({ title: 'Newer', slug: { current: 'new' } })
  })

  it.each([`Ünïcode/${'x'.repeat(200)}`, 'drafts.abc', 'with.dots', ''])(
    'of the record id %j, which would not do, takes a digest of it',
    async (odd) => {
      await write(creating(odd, { title: 'Odd' }), creating(odd, { title: 'Odd' }))
      expect([...sandbox.store.all().keys()]).toEqual([expect.stringMatching(/^sha256-[A-Za-z0-9_-]{43}$/)])
      if (odd !== '') expect((await connect().find('articles', '_id', [odd], live())).get(odd)).toHaveLength(1)
    },
  )

  it('where a document of another type has the id is refused, and that one left alone', async () => {
    transact({ create: { _id: 'r-1', _type: 'page', title: 'A page' } })
    expect(await write(creating('r-1', { title: 'New' }))).toMatchObject([{ next: 'reject' }])
    expect(doc('r-1')['title']).toBe('A page')
  })
})

describe('updating', () => {
  it('patches what it names and nothing else, objects with their other members too', async () => {
    const body = [{ _type: 'block', _key: 'k', children: [] }]
    const id = plant({ title: 'Hello', body, slug: { _type: 'slug', current: 'hello', source: 'title' } })
    await write(updating(id, { 'slug.current': 'bye', title: null }))
    expect(doc(id)).toMatchObject({ body, slug: { _type: 'slug', current: 'bye', source: 'title' } })
    expect('title' in doc(id)).toBe(false)
    expect(stream.decode((await read(id))!)).toMatchObject({ title: null, 'slug.current': 'bye' })
  })

  it('makes the object that a value goes into, in the same transaction', async () => {
    const id = plant({ title: 'Hello' })
    transact({ create: { _id: 'ada', _type: 'person' } })
    const revision = doc(id)._rev
    await write(updating(id, { 'slug.current': 'hello', 'seo.title': 'Hi', 'author._ref': 'ada' }))
    expect(doc(id)).toMatchObject({
      slug: { _type: 'slug', current: 'hello' },
      seo: { title: 'Hi' },
      author: { _type: 'reference', _ref: 'ada' },
    })
    expect(doc(id)._rev).not.toBe(revision)
    expect(sandbox.calls.writes).toBe(1)
  })

  it('that changes nothing is not sent', async () => {
    const id = plant({ title: 'Hello' })
    expect(await write(updating(id, { title: 'Hello', summary: null }))).toMatchObject([{ next: 'done' }])
    expect(sandbox.calls).toMatchObject({ reads: 1, writes: 0 })
  })

  it('based on another time is a conflict that shows what is there, and nothing is sent', async () => {
    const id = plant({ title: 'Hello' })
    expect(await write(updating(id, { title: 'By us' }, '2026-01-01T00:00:00.000Z'))).toMatchObject([{ next: 'conflict', current: { id } }])
    expect(sandbox.calls.writes).toBe(0)
  })

  it.each([
    ['changed', () => ({ set: { title: 'By a person' } }), 'live'],
    ['deleted', () => null, 'deleted'],
  ])('overtaken between look and write by a document %s is refused by its revision', async (_what, patch, state) => {
    const id = plant({ title: 'Hello' })
    const meddling = async (input: string | URL | Request, init?: RequestInit) => {
      const change = patch()
      if (String(input).includes('/mutate/')) transact(change === null ? { delete: { id } } : { patch: { id, ...change } })
      return fetch(input, init)
    }
    const connection = sanity.connect({ url: sandbox.url, ...account }, io({ fetch: meddling }))
    const basedOn = doc(id)._updatedAt
    const [result] = await connection.write('articles', [updating(id, { title: 'By us' }, basedOn)], live())
    expect(result).toMatchObject({ next: 'conflict', current: { id, state } })
    expect(sandbox.store.all().get(id)?.['title']).toBe(state === 'live' ? 'By a person' : undefined)
  })

  it('that meets another transaction may be sent again; any other refusal may not', async () => {
    const id = plant({ title: 'Hello' })
    const refuse = (body: object) => sandbox.faults.set([{ kind: 'status', status: 409, match: '/mutate/', body, times: 1 }])
    refuse({ error: { type: 'transactionConflictError', description: 'transaction conflict' } })
    expect(await write(updating(id, { title: 'Bye' }))).toMatchObject([{ next: 'retry' }])
    refuse({ error: { type: 'mutationError', items: [{ error: { type: 'somethingElse' }, index: 0 }] } })
    expect(await write(updating(id, { title: 'Bye' }))).toMatchObject([{ next: 'reject' }])
  })

  it('of members that Sanity makes itself, or of none that could be, is refused before anything is sent', async () => {
    const id = plant({ title: 'Hello' })
    for (const name of ['_id', '_rev', 'sanity::perspective', 'slug._type', 'a.b.c', 'title[0]', 'x"y', '']) {
      expect(await write(updating(id, { [name]: 'x' })), name).toMatchObject([{ next: 'reject' }])
    }
    expect(sandbox.calls).toMatchObject({ reads: 0, writes: 0 })
  })
})

describe('drafts', () => {
  it('are not read, not listed, not written and not deleted', async () => {
    const id = plant({ title: 'Hello' })
    await admin('draft', { id, fields: { title: 'Half a sent' } })
    await admin('draft', { id: 'new', fields: { title: 'New' } })
    expect(stream.decode((await read(id))!)).toMatchObject({ title: 'Hello', 'sanity::perspective': 'published' })
    expect([await read('new'), await read(`drafts.${id}`)]).toEqual([null, null])
    expect((await gather(connect().list('articles', null, live()))).records.map((record) => record.id)).toEqual([id])
    expect((await gather(connect().pull('articles', null, live()))).records.map((record) => record.id)).toEqual([id])
    expect((await connect().find('articles', 'title', ['New'], live())).get('New')).toEqual([])
    expect(await write(updating(`drafts.${id}`, { title: 'x' }), deleting(`drafts.${id}`))).toMatchObject([
      { next: 'reject' },
      { next: 'reject' },
    ])
    expect(sandbox.store.all().size).toBe(3)
    await admin('publish', { id })
    expect(stream.decode((await read(id))!)).toMatchObject({ title: 'Half a sent' })
  })

  it('are what unpublishing leaves: the article is gone', async () => {
    const id = plant({ title: 'Hello' })
    await admin('unpublish', { id })
    expect(await read(id)).toBeNull()
    expect(doc(`drafts.${id}`)['title']).toBe('Hello')
    expect(await write(updating(id, { title: 'x' }))).toMatchObject([{ next: 'conflict', current: { state: 'deleted' } }])
  })
})

describe('deleting', () => {
  it('is done when it is gone already, and refused while something refers to it', async () => {
    const id = plant({ title: 'Hello' })
    transact({ create: { _id: 'list', _type: 'list', articles: [{ _type: 'reference', _ref: id }] } })
    expect(await write(deleting(id))).toMatchObject([
      { next: 'reject', why: expect.stringContaining('documentHasExistingReferencesError') },
    ])
    transact({ delete: { id: 'list' } })
    expect(await write(deleting(id), deleting(id))).toMatchObject([{ next: 'done' }, { next: 'done' }])
  })
})

describe('reading', () => {
  it('gives empty attributes as empty, and what it cannot show not at all', async () => {
    const id = plant({ title: 'Hello', summary: [{ _type: 'block' }], slug: 'no-slug' })
    const fields = stream.decode((await read(id))!)
    expect(fields).toMatchObject({ title: 'Hello', 'slug.current': null })
    expect('summary' in fields).toBe(false)
  })

  it('orders times with and without a fraction as times', async () => {
    const [early, late] = [plant({ title: 'a' }), plant({ title: 'b' })]
    doc(early)._updatedAt = '2026-01-01T00:00:01Z'
    doc(late)._updatedAt = '2026-01-01T00:00:01.500Z'
    const after = JSON.stringify([Date.parse('2026-01-01T00:00:01Z'), early])
    expect((await gather(connect().pull('articles', after, live()))).records.map((record) => record.id)).toEqual([late])
  })

  it('carries values as parameters, never in the query', async () => {
    const sent: string[] = []
    const spy = (input: string | URL | Request, init?: RequestInit) => {
      sent.push(`${String(input)} ${(JSON.parse(String(init?.body)) as { query: string }).query}`)
      return fetch(input, init)
    }
    const connection = sanity.connect({ url: sandbox.url, ...account }, io({ fetch: spy }))
    await connection.find('articles', 'title', ['"] | order(x) // secret'], live())
    await connection.read('articles', ['secret'], live())
    expect(sent).toHaveLength(2)
    for (const text of sent) expect(text).not.toContain('secret')
    await expect(connection.find('articles', 'title] | *[true', ['x'], live())).rejects.toMatchObject({ next: 'reject' })
  })

  it('says what is wrong at set-up', async () => {
    expect(await connect().check(live())).toMatchObject({ ok: true })
    expect(await connect({ token: 'wrong' }).check(live())).toMatchObject({ ok: false, why: expect.stringContaining('401') })
    expect(await connect({ dataset: 'staging' }).check(live())).toMatchObject({ ok: false, remedy: expect.stringContaining('dataset') })
    expect(await sanity.connect({ url: 'http://127.0.0.1:1', ...account }, lying(page).io).check(live())).toMatchObject({ ok: false })
    expect(await sanity.connect({ url: 'http://127.0.0.1:1', ...account }, lying(() => ({})).io).check(live())).toMatchObject({ ok: false })
  })
})

describe('a Sanity that lies', () => {
  const id = (n: number) => String(n).padStart(6, '0')
  const row = (n: number) => ({ _id: id(n), _type: 'article', _rev: 'r', _updatedAt: '2026-11-20T12:00:00Z', title: 'x' })
  const full = (from: number) => ({ result: Array.from({ length: 100 }, (_, n) => row(from + n)) })
  const on = (own: ReturnType<typeof ioOf>) => sanity.connect({ url: 'http://127.0.0.1:1', ...account }, own)
  const readings = {
    list: (own: ReturnType<typeof ioOf>) => gather(on(own).list('articles', null, live())),
    pull: (own: ReturnType<typeof ioOf>) => gather(on(own).pull('articles', null, live())),
    find: (own: ReturnType<typeof ioOf>) => on(own).find('articles', 'title', ['x'], live()),
  }

  it('and repeats a page, or goes round in circles, is stopped with an error', async () => {
    for (const answer of [() => full(0), (_url: URL, n: number) => full(n % 2 === 0 ? 100 : 0)]) {
      for (const [name, reading] of Object.entries(readings)) {
        const own = lying(answer)
        await expect(reading(own.io), name).rejects.toBeInstanceOf(VendorError)
        expect(own.asked()).toBeLessThan(10)
      }
    }
  })

  it('and shows other things in a list is stopped, never taken for an empty dataset', async () => {
    for (const said of [
      { result: [{ ...row(1), _id: 'drafts.a' }] },
      { result: [{ ...row(1), _type: 'page' }] },
      { result: [{}] },
      { result: null },
      {},
    ]) {
      for (const reading of Object.values(readings)) await expect(reading(lying(() => said).io)).rejects.toBeInstanceOf(VendorError)
    }
  })

  it('and answers 200 with a page is a matter of credentials, never of absence', async () => {
    await expect(on(lying(page).io).read('articles', [id(1)], live())).rejects.toMatchObject({ next: 'unauthorised' })
    await expect(readings.list(lying(page).io)).rejects.toMatchObject({ next: 'unauthorised' })
  })

  it('and answers fewer, more or in another order is read by id', async () => {
    const found = await on(lying(() => ({ result: [row(3), row(9), row(1)] })).io).read('articles', [id(1), id(2), id(3)], live())
    expect([...found.values()].map((record) => record?.id ?? null)).toEqual([id(1), null, id(3)])
  })

  it('and confirms a write with another document, or with none, leaves it unknown', async () => {
    for (const results of [[{ id: id(2), operation: 'update', document: row(2) }], [{ id: id(1), operation: 'update' }], [], undefined]) {
      const update = lying((_url, n) => (n === 1 ? { result: [row(1)] } : { transactionId: 't', results }))
      expect(await on(update.io).write('articles', [updating(id(1), { title: 'y' })], live())).toMatchObject([{ next: 'unknown' }])
    }
    for (const results of [[{ id: 'other', operation: 'create' }], [], undefined]) {
      const create = lying(() => ({ transactionId: 't', results }))
      expect(await on(create.io).write('articles', [creating('r-1', { title: 'y' })], live())).toMatchObject([{ next: 'unknown' }])
    }
    expect(await on(lying(() => ({})).io).write('articles', [deleting(id(1))], live())).toMatchObject([{ next: 'unknown' }])
  })

  it('and shows another document instead of ours does not get that one written to', async () => {
    for (const said of [{ result: [row(2)] }, { result: [row(1), row(2)] }, {}]) {
      const own = lying(() => said)
      expect(await on(own.io).write('articles', [updating(id(1), { title: 'y' })], live())).toMatchObject([{ next: 'retry' }])
      expect(own.asked()).toBe(1)
    }
  })

  it('and asks to wait a century is asked again within the hour; redirects are not followed', async () => {
    const now = Date.now()
    const limited = lying(() => new Response('{}', { status: 429, headers: { 'retry-after': '3153600000' } }))
    await expect(on({ ...limited.io, now: () => now }).read('articles', [id(1)], live())).rejects.toMatchObject({
      next: 'limited',
      at: now + 3_600_000,
    })
    const moved = lying(() => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }))
    await expect(on(moved.io).read('articles', [id(1)], live())).rejects.toMatchObject({ next: 'unauthorised' })
    expect(moved.asked()).toBe(1)
  })
})

it('webhooks of the sandbox verify, leave drafts out, and repeat their key', async () => {
  const target = await listener()
  sandbox.webhooks.settings({ target: target.url, duplicate: 1 })
  const id = plant({ title: 'Hello' }, Date.now())
  await admin('draft', { id, fields: { title: 'Bye' } })
  await admin('publish', { id })
  await admin('unpublish', { id })
  await expect.poll(() => target.got.length).toBe(6)
  await target.close()
  const signals = await Promise.all(
    target.got.map(({ headers, body }) =>
      connect().accept!({ method: 'POST', url: target.url, headers, body: Buffer.from(body), receivedAt: Date.now() }),
    ),
  )
  expect(signals.flat().map(({ type, subject }) => [type, subject?.externalId])).toEqual(
    ['created', 'created', 'changed', 'changed', 'deleted', 'deleted'].map((type) => [type, id]),
  )
  expect(new Set(signals.flat().map((signal) => signal.id)).size).toBe(3)
})

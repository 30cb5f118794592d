import { VendorError } from '@throughline/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONTENTFUL_SPACE, CONTENTFUL_TOKEN, CONTENTFUL_WEBHOOK_SECRET, serveContentful, type ContentfulSandbox } from '../sandbox/index.ts'
import { creating, deleting, gather, ioOf, listener, live, lying, page, updating } from '../shared/testing.ts'
import { contentful } from './index.ts'

let sandbox: ContentfulSandbox
let logged: string[]
const account = { space: CONTENTFUL_SPACE, token: CONTENTFUL_TOKEN, webhookSecret: CONTENTFUL_WEBHOOK_SECRET }
const mapped = { articles: ['title', 'summary', 'campaign', 'sys.status'] }
const connect = (own: object = {}) =>
  contentful.connect({ url: sandbox.url, ...account, ...own }, ioOf({ fields: mapped, log: (message) => void logged.push(message) }))
const stream = contentful.streams['articles']!
const write = (...deliveries: Parameters<ReturnType<typeof connect>['write']>[1]) => connect().write('articles', deliveries, live())
const decoded = async (id: string) => stream.decode((await connect().read('articles', [id], live())).get(id)!)
const plant = (texts: Record<string, unknown>, published = false, at = Date.now() - 60_000) => {
  const fields = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { 'en-US': value }]))
  const { id } = sandbox.store.create(sandbox.store.newId(), fields, undefined, at, 'editor-user').sys
  if (published) sandbox.store.publish(id, null, at, 'editor-user')
  return id
}
const entry = (id: string) => sandbox.store.need(id, null)
const shape = () => Object.entries(sandbox.calls.byCall).map(([call, n]) => `${call.replace(/\/spaces\/.*\/entries/, '')} ${n}`)

beforeEach(async () => {
  logged = []
  sandbox = await serveContentful(0)
})
afterEach(() => sandbox.close())

describe('creating', () => {
  it('takes the record id for the id of a draft, so that a second one cannot come to be', async () => {
    const [made] = await write(creating('0192f000-0000-7000-8000-000000000001', { title: 'New' }))
    expect(made).toMatchObject({ next: 'done', receipt: { externalId: '0192f000-0000-7000-8000-000000000001', created: true } })
    const [again] = await write(creating('0192f000-0000-7000-8000-000000000001', { title: 'Newer' }))
    expect(again).toMatchObject({ next: 'done', receipt: { externalId: '0192f000-0000-7000-8000-000000000001', created: false } })
    expect([...sandbox.store.entries.values()]).toMatchObject([{ fields: { title: { 'en-US': 'Newer' } }, sys: { version: 2 } }])
  })

  it('of a record id that Contentful would refuse takes a digest of it, and finds it again', async () => {
    const odd = `Ünïcode/${'x'.repeat(80)}`
    await write(creating(odd, { title: 'Odd' }), creating(odd, { title: 'Odd' }))
    expect([...sandbox.store.entries.keys()]).toEqual([expect.stringMatching(/^[A-Za-z0-9._-]{1,64}$/)])
    const found = await connect().find('articles', 'sys.id', [odd, 'other'], live())
    expect([found.get(odd)?.length, found.get('other')]).toEqual([1, []])
  })

  it('publishes at once where the patch says so, and names the entry even if that fails', async () => {
    const [shown, hidden] = await write(
      creating('r-1', { title: 'New', 'sys.status': 'published' }),
      creating('r-2', { campaign: 'x', 'sys.status': 'published' }),
    )
    expect(shown).toMatchObject({ next: 'done', receipt: { created: true } })
    expect(entry('r-1').sys.publishedVersion).toBe(1)
    expect(hidden).toMatchObject({ next: 'done', receipt: { externalId: 'r-2', created: true } })
    expect([entry('r-2').sys.publishedVersion, logged]).toEqual([undefined, ['Written, but not published']])
  })
})

describe('updating', () => {
  it('keeps other fields, other locales, other kinds of values and tags, which a PUT would take away', async () => {
    const id = plant({ title: 'Hello', email: 'author@example.com', body: { nodeType: 'document', content: [] } })
    const tags = [{ sys: { type: 'Link', linkType: 'Tag', id: 'news' } }]
    const { fields } = entry(id)
    sandbox.store.update(id, null, { ...fields, title: { ...fields['title'], de: 'Hallo' } }, { tags }, Date.now(), 'editor-user')
    await write(updating(id, { title: null, campaign: 'Spring' }))
    expect(entry(id)).toMatchObject({ metadata: { tags }, fields: { title: { de: 'Hallo' }, campaign: { 'en-US': 'Spring' } } })
    expect(Object.keys(entry(id).fields).toSorted()).toEqual(['body', 'campaign', 'email', 'title'])
    expect(entry(id).fields['title']).toEqual({ de: 'Hallo' })
    expect(await decoded(id)).toMatchObject({ title: null, campaign: 'Spring' })
  })

  it('that changes nothing is not sent', async () => {
    const id = plant({ title: 'Hello' })
    expect(await write(updating(id, { title: 'Hello', summary: null }))).toMatchObject([{ next: 'done' }])
    expect(sandbox.calls).toMatchObject({ reads: 1, writes: 0 })
  })

  it('based on another time is a conflict that shows what is there, and nothing is sent', async () => {
    const id = plant({ title: 'Hello' })
    const [result] = await write(updating(id, { title: 'By us' }, '2026-01-01T00:00:00.000Z'))
    expect(result).toMatchObject({ next: 'conflict', current: { id } })
    expect(sandbox.calls.writes).toBe(0)
  })

  it('overtaken between look and write is refused by its version', async () => {
    const id = plant({ title: 'Hello' })
    const basedOn = entry(id).sys.updatedAt
    const meddling = async (input: string | URL | Request, init?: RequestInit) => {
      if (init?.method === 'PUT')
        sandbox.store.update(id, null, { title: { 'en-US': 'By a person' } }, undefined, Date.now(), 'editor-user')
      return fetch(input, init)
    }
    const connection = contentful.connect({ url: sandbox.url, ...account }, ioOf({ fetch: meddling as typeof fetch }))
    const [result] = await connection.write('articles', [updating(id, { title: 'By us' }, basedOn)], live())
    expect(result).toMatchObject({ next: 'conflict', exchange: { status: 409 }, current: { id } })
    expect(stream.decode(result?.next === 'conflict' ? result.current! : never())['title']).toBe('By a person')
    expect(entry(id).fields['title']).toEqual({ 'en-US': 'By a person' })
  })

  it('speaks the media type of the management API and names the version', async () => {
    const id = plant({ title: 'Hello' })
    const sent: Headers[] = []
    const spy = (input: string | URL | Request, init?: RequestInit) => {
      if (init?.method === 'PUT') sent.push(new Headers(init.headers))
      return fetch(input, init)
    }
    const connection = contentful.connect({ url: sandbox.url, ...account }, ioOf({ fetch: spy as typeof fetch }))
    await connection.write('articles', [updating(id, { title: 'Bye' })], live())
    expect(
      sent.map((headers) => [headers.get('content-type'), headers.get('x-contentful-version'), headers.get('x-contentful-content-type')]),
    ).toEqual([['application/vnd.contentful.management.v1+json', '1', null]])
  })

  it('reaches readers of an entry that they saw as it stood', async () => {
    const id = plant({ title: 'Hello' }, true)
    await write(updating(id, { title: 'Bye' }))
    expect(entry(id).sys).toMatchObject({ version: 4, publishedVersion: 3, publishedCounter: 2 })
  })

  it('never publishes what an editor is still writing, nor a draft', async () => {
    const id = plant({ title: 'Hello' }, true)
    sandbox.store.update(id, null, { title: { 'en-US': 'Half a sent' } }, undefined, Date.now(), 'editor-user')
    const draft = plant({ title: 'Draft' })
    await write(updating(id, { campaign: 'Spring' }), updating(draft, { campaign: 'Spring' }))
    expect([entry(id).sys.publishedCounter, entry(draft).sys.publishedCounter]).toEqual([1, 0])
  })

  it('whose publishing fails is done and tells the log', async () => {
    const id = plant({ title: 'Hello' }, true)
    sandbox.faults.set([{ kind: 'status', status: 503, match: '/published$' }])
    expect(await write(updating(id, { title: 'Bye' }))).toMatchObject([{ next: 'done' }])
    expect([entry(id).fields['title'], logged]).toEqual([{ 'en-US': 'Bye' }, ['Written, but not published']])
  })
})

describe('publishing', () => {
  it('and unpublishing are calls of their own, without a write of words that did not change', async () => {
    const id = plant({ title: 'Hello' })
    await write(updating(id, { 'sys.status': 'published' }))
    expect(await decoded(id)).toMatchObject({ 'sys.status': 'published', 'sys.publishedAt': entry(id).sys.publishedAt })
    await write(updating(id, { 'sys.status': 'published' }))
    await write(updating(id, { 'sys.status': 'unpublished' }))
    expect(await decoded(id)).toMatchObject({
      'sys.status': 'unpublished',
      'sys.publishedAt': null,
      'sys.firstPublishedAt': expect.any(String),
    })
    expect(entry(id).sys.version).toBe(3)
    expect(shape()).toContain('PUT /:id/published 1')
  })

  it('follows the words under the version that they got', async () => {
    const id = plant({ title: 'Hello' })
    expect(await write(updating(id, { title: 'Bye', 'sys.status': 'published' }))).toMatchObject([{ next: 'done' }])
    expect(entry(id).sys).toMatchObject({ version: 3, publishedVersion: 2 })
  })

  it('that fails after the words were written leaves it to a look what is left to do', async () => {
    const id = plant({ title: 'Hello' })
    sandbox.faults.set([{ kind: 'status', status: 429, match: '/published$', times: 1 }])
    expect(await write(updating(id, { title: 'Bye', 'sys.status': 'published' }))).toMatchObject([{ next: 'unknown' }])
    expect(await write(updating(id, { title: 'Bye', 'sys.status': 'published' }))).toMatchObject([{ next: 'done' }])
    expect(entry(id).sys).toMatchObject({ version: 3, publishedVersion: 2 })
  })

  it('of an entry that lacks what readers must see is refused for ever', async () => {
    const id = plant({ campaign: 'Spring' })
    const [result] = await write(updating(id, { 'sys.status': 'published' }))
    expect(result).toMatchObject({ next: 'reject', why: expect.stringContaining('required fields.title') })
  })

  it('is all that the status can say: archiving, times and ids are not written', async () => {
    const id = plant({ title: 'Hello' })
    for (const patch of [
      { 'sys.status': 'archived' },
      { 'sys.status': null },
      { 'sys.publishedAt': 'x' },
      { 'sys.id': 'x' },
      { 'title.de': 'x' },
    ]) {
      expect(await write(updating(id, patch))).toMatchObject([{ next: 'reject' }])
    }
    expect(sandbox.calls).toMatchObject({ reads: 0, writes: 0 })
  })
})

describe('deleting', () => {
  it('takes it from readers first, and is done when it is gone already', async () => {
    const id = plant({ title: 'Hello' }, true)
    expect(await write(deleting(id), deleting(id))).toMatchObject([{ next: 'done' }, { next: 'done' }])
    expect(sandbox.store.entries.size).toBe(0)
    expect(sandbox.calls.writes).toBe(2)
  })

  it('of what is gone is no update', async () => {
    expect(await write(updating('nowhere', { title: 'x' }))).toMatchObject([{ next: 'conflict', current: { state: 'deleted' } }])
  })
})

describe('reading', () => {
  it('goes on where it was when entries before and behind it come and go', async () => {
    const ids = Array.from({ length: 350 }, (_, n) => plant({ title: `T${n}` })).toSorted((a, b) => (a < b ? -1 : 1))
    const seen: string[] = []
    let round = 0
    for await (const { records } of connect().list('articles', null, live())) {
      seen.push(...records.map(({ id }) => id))
      // Before the next page a hundred entries that were given go, or come.
      round += 1
      if (round === 1) for (const id of seen.slice(0, 90)) sandbox.store.remove(id, null)
      if (round === 2) for (let n = 0; n < 120; n += 1) sandbox.store.create(`0000-${n}`, {}, undefined, Date.now(), 'editor-user')
    }
    expect(ids.filter((id) => !seen.includes(id))).toEqual([])
    expect(seen.filter((id) => id.startsWith('0000-'))).toEqual([])
  })

  it('leaves out entries of other types by asking for one, and gives empty fields as empty', async () => {
    const id = plant({ title: 'Hello' })
    expect(await decoded(id)).toMatchObject({ title: 'Hello', summary: null, campaign: null })
    expect('email' in (await decoded(id))).toBe(false)
    const other = await connect({ contentType: 'page' }).read('articles', [id], live())
    expect(other.get(id)).toBeNull()
  })

  it('does not ask for ids that none can have', async () => {
    expect((await connect().read('articles', ['', 'a,b', `x' || 1`], live())).size).toBe(3)
    expect(sandbox.calls.reads).toBe(0)
  })

  it('says what is missing at set-up', async () => {
    expect(await connect().check(live())).toMatchObject({ ok: true })
    expect(await connect({ contentType: 'page' }).check(live())).toMatchObject({
      ok: false,
      why: expect.stringContaining('no content type page'),
    })
    const odd = contentful.connect({ url: sandbox.url, ...account }, ioOf({ fields: { articles: ['title', 'heading', 'sys.status'] } }))
    expect(await odd.check(live())).toMatchObject({ ok: false, why: expect.stringContaining('heading') })
    expect(await connect({ token: 'wrong' }).check(live())).toMatchObject({ ok: false, why: expect.stringContaining('AccessTokenInvalid') })
  })
})

describe('limits', () => {
  it('of the sandbox are kept by the second, and the wait that Contentful names is taken', async () => {
    sandbox.limits.perSecond = 1
    const results = await Promise.all(
      Array.from({ length: 4 }, () =>
        connect()
          .read('articles', ['e1'], live())
          .catch((error: unknown) => error),
      ),
    )
    const limited = results.filter((result) => result instanceof VendorError)
    expect(limited.length).toBeGreaterThanOrEqual(2)
    expect(limited[0]).toMatchObject({ next: 'limited', at: expect.any(Number) })
  })

  it.each([
    ['0', 1_000],
    ['3153600000', 3_600_000],
  ])('a reset in %s s means a wait of %d ms', async (reset, wait) => {
    const now = Date.now()
    const { io } = lying(() => new Response('{}', { status: 429, headers: { 'x-contentful-ratelimit-reset': reset } }))
    const connection = contentful.connect({ url: 'http://127.0.0.1:1', ...account }, { ...io, now: () => now })
    await expect(connection.read('articles', ['e1'], live())).rejects.toMatchObject({ next: 'limited', at: now + wait })
  })
})

describe('a Contentful that lies', () => {
  const id = (n: number) => String(n).padStart(6, '0')
  const row = (n: number) => ({
    sys: {
      id: id(n),
      type: 'Entry',
      version: 1,
      updatedAt: '2026-11-20T12:00:00.000Z',
      contentType: { sys: { type: 'Link', id: 'article' } },
    },
    fields: {},
  })
  const full = (from: number) => ({ items: Array.from({ length: 100 }, (_, n) => row(from + n)), total: 9_999 })
  const on = (io: ReturnType<typeof ioOf>) => contentful.connect({ url: 'http://127.0.0.1:1', ...account }, io)
  const readings = {
    list: (io: ReturnType<typeof ioOf>) => gather(on(io).list('articles', null, live())),
    pull: (io: ReturnType<typeof ioOf>) => gather(on(io).pull('articles', null, live())),
    find: (io: ReturnType<typeof ioOf>) => on(io).find('articles', 'title', ['x'], live()),
  }

  it('and repeats a page, or goes round in circles, is stopped with an error', async () => {
    const answers = [
      () => full(0),
      (_url: URL, n: number) => full(n % 2 === 0 ? 100 : 0),
      // Wherever the second page is asked for, it lies far behind, and the first has nothing new.
      (url: URL) => full(url.searchParams.get('skip') === '0' ? 0 : 500),
    ]
    for (const answer of answers) {
      for (const [name, read] of Object.entries(readings)) {
        const { io, asked } = lying(answer)
        await expect(read(io), name).rejects.toBeInstanceOf(VendorError)
        expect(asked()).toBeLessThan(20)
      }
    }
  })

  it('and shows other things in a list is stopped, never taken for an empty space', async () => {
    for (const said of [{ items: [{ sys: { id: 'a' } }] }, { items: [{}] }, { items: 'none' }, {}]) {
      for (const read of Object.values(readings)) await expect(read(lying(() => said).io)).rejects.toBeInstanceOf(VendorError)
    }
  })

  it('and answers 200 with a page is a matter of credentials, never of absence', async () => {
    await expect(on(lying(page).io).read('articles', [id(1)], live())).rejects.toMatchObject({ next: 'unauthorised' })
    await expect(readings.list(lying(page).io)).rejects.toMatchObject({ next: 'unauthorised' })
    expect(await on(lying(page).io).check(live())).toMatchObject({ ok: false })
    expect(await on(lying(() => ({})).io).check(live())).toMatchObject({ ok: false })
  })

  it('and answers fewer, more or in another order is read by id', async () => {
    const { io } = lying(() => ({ items: [row(3), row(9), row(1)] }))
    const found = await on(io).read('articles', [id(1), id(2), id(3)], live())
    expect([...found.values()].map((record) => record?.id ?? null)).toEqual([id(1), null, id(3)])
  })

  it('and confirms a write with another entry leaves it unknown; one shown instead of ours is not written to', async () => {
    const { io } = lying((_url, n) => (n === 1 ? row(1) : row(2)))
    expect(await on(io).write('articles', [updating(id(1), { title: 'x' })], live())).toMatchObject([{ next: 'unknown' }])
    const other = lying(() => row(2))
    expect(await on(other.io).write('articles', [updating(id(1), { title: 'x' }), deleting(id(1))], live())).toMatchObject([
      { next: 'retry' },
      { next: 'retry' },
    ])
    expect(other.asked()).toBe(2)
  })

  it('and redirects is not followed', async () => {
    const { io, asked } = lying(() => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }))
    await expect(on(io).read('articles', [id(1)], live())).rejects.toMatchObject({ next: 'unauthorised' })
    expect(asked()).toBe(1)
  })

  it('and has a clock that is hours ahead loses no change', async () => {
    const id = plant({ title: 'Hello' }, false, Date.now())
    const shifted = async (input: string | URL | Request, init?: RequestInit) => {
      const answer = await fetch(input, init)
      const headers = new Headers(answer.headers)
      headers.set('date', new Date(Date.now() + 7_200_000).toUTCString())
      return new Response(await answer.text(), { status: answer.status, headers })
    }
    const connection = contentful.connect({ url: sandbox.url, ...account }, ioOf({ fetch: shifted as typeof fetch }))
    const { cursor } = await gather(connection.pull('articles', null, live()))
    sandbox.store.update(id, null, { title: { 'en-US': 'Bye' } }, undefined, Date.now() + 1, 'editor-user')
    const news = await gather(connection.pull('articles', cursor, live()))
    expect(news.records.map((record) => stream.decode(record)['title'])).toEqual(['Bye'])
  })
})

it('webhooks of the sandbox verify, key and all', async () => {
  const target = await listener()
  sandbox.webhooks.settings({ target: target.url, duplicate: 1 })
  const id = plant({ title: 'Hello' }, true, Date.now())
  sandbox.store.unpublish(id, null, Date.now(), 'editor-user')
  sandbox.store.remove(id, null)
  await expect.poll(() => target.got.length).toBe(8)
  await target.close()
  const signals = await Promise.all(
    target.got.map(({ headers, body }) =>
      connect().accept!({ method: 'POST', url: target.url, headers, body: Buffer.from(body), receivedAt: Date.now() }),
    ),
  )
  expect(new Set(signals.flat().map((signal) => signal.subject?.externalId))).toEqual(new Set([id]))
  expect(new Set(signals.flat().map((signal) => signal.id)).size).toBe(4)
  expect(
    signals
      .flat()
      .map(({ type }) => type)
      .toSorted(),
  ).toEqual(['changed', 'changed', 'changed', 'changed', 'created', 'created', 'deleted', 'deleted'])
})

function never(): never {
  throw new Error('not that')
}

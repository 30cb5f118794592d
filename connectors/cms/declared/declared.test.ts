import { readFileSync } from 'node:fs'
import { checkProfile, DocumentError } from '@throughline/contracts'
import { VendorError } from '@throughline/sdk'
import { describe, expect, it } from 'vitest'
import { DIRECTUS_TOKEN, serveDirectus, serveWordpress, WORDPRESS_TOKEN } from '../sandbox/index.ts'
import { creating, deleting, gather, ioOf, live, lying, page, updating } from '../shared/testing.ts'
import { declared, directus, wordpress } from './index.ts'
import { putAt, valueAt } from './pointer.ts'
import { fill } from './template.ts'

const file = new URL('./examples/directus.yaml', import.meta.url)
const source = readFileSync(file, 'utf8')
const config = { url: 'http://127.0.0.1:1', token: 't', webhookSecret: 's' }
const AFTER = /paging: \{ kind: after.*/
const paged = (paging: string) => declared(source.replace(AFTER, `paging: ${paging}`), file)
const row = (id: number) => ({ id, title: 'x', date_updated: '2026-11-20T12:00:00.000Z' })
const rows = (from: number, n = 100) => Array.from({ length: n }, (_, i) => row(from + i))

describe('templates and pointers', () => {
  it('fill values as text and as JSON, and leave other braces alone', () => {
    const filled = fill('{"a":{"_in":{ids:json}},"b":"{id}","c":{n},"d":"{unknown}"}', { ids: ['1', '"}'], id: 'x', n: 7 })
    expect(filled).toBe(String.raw`{"a":{"_in":["1","\"}"]},"b":"x","c":7,"d":"{unknown}"}`)
    expect(fill('/items/{id}', { id: '../admin?x=1' }, encodeURIComponent)).toBe('/items/..%2Fadmin%3Fx%3D1')
    expect(fill('{constructor}', {})).toBe('{constructor}')
  })

  it('read own members only, and write without touching prototypes', () => {
    expect(valueAt({ a: [{ 'b/c': 1 }] }, '/a/0/b~1c')).toBe(1)
    expect([valueAt({}, '/constructor'), valueAt('text', '/length'), valueAt({ a: 1 }, '')]).toEqual([undefined, undefined, { a: 1 }])
    const target: Record<string, unknown> = {}
    putAt(target, '/__proto__/polluted', true)
    putAt(target, '/meta/campaign', 'x')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(target['meta']).toEqual({ campaign: 'x' })
  })
})

it('the format keeps the profile of our own schemas', () => {
  const format = new URL(import.meta.resolve('@throughline/contracts').replace(/src\/[^/]+$/, 'formats/declared.schema.json'))
  expect(checkProfile(JSON.parse(readFileSync(format, 'utf8')))).toEqual([])
})

describe('a description that cannot be used', () => {
  const faults = (text: string) => {
    try {
      declared(text, file)
      return ''
    } catch (error) {
      expect(error).toBeInstanceOf(DocumentError)
      return (error as Error).message
    }
  }

  it.each([
    ['title: Directus', 'titel: Directus', 'Did you mean "title"'],
    ['scheme: token', 'scheme: tokens', '"scheme" is wrong'],
    ['at: /slug', 'at: slug', 'JSON Pointer'],
    ['marker: throughline_id', 'marker: mark', 'is no field'],
    ['        throughline_id: { filter:', '        summary: { filter:', 'cannot be found'],
    [`value: 'Bearer {token}'`, `value: 'Bearer abc'`, '"value" is wrong'],
    ['page: 100', 'page: 1', '"page" is wrong'],
  ])('%s → %s is told with its place', (from, to, what) => {
    expect(faults(source)).toBe('')
    expect(source).toContain(from)
    const said = faults(source.replace(from, to))
    expect(said).toContain(what)
    expect(said).toMatch(/directus\.yaml:\d+:\d+ /)
  })

  it('signing without the time that it checks is one, too', () => {
    const wordpressSource = readFileSync(new URL('./examples/wordpress.yaml', import.meta.url), 'utf8')
    expect(faults(wordpressSource.replace('{timestamp}.{body}', '{body}'))).toContain('a time that is not signed proves nothing')
  })
})

describe('writing', () => {
  it('Directus: "forbidden" means gone only if a reading agrees', async () => {
    const sandbox = await serveDirectus(0)
    const connection = directus.connect({ ...config, url: sandbox.url, token: DIRECTUS_TOKEN }, ioOf())
    const { id } = sandbox.store.create({ title: 'Hello' }, Date.now())
    const gone = ['999', 'x'].flatMap((missing) => [updating(missing, { title: 'x' }), deleting(missing)])
    const results = await connection.write('articles', gone, live())
    expect(results.map((result) => result.next)).toEqual(['conflict', 'done', 'conflict', 'done'])
    sandbox.faults.set([{ kind: 'status', status: 403, match: '^(PATCH|DELETE)' }])
    expect(await connection.write('articles', [updating(String(id), { title: 'x' }), deleting(String(id))], live())).toMatchObject([
      { next: 'retry' },
      { next: 'retry' },
    ])
    await sandbox.close()
  })

  it('WordPress: empty is an empty text, and what is in the trash is gone though it can be written', async () => {
    const sandbox = await serveWordpress(0)
    const connection = wordpress.connect({ ...config, url: sandbox.url, token: WORDPRESS_TOKEN }, ioOf())
    const [made] = await connection.write('articles', [creating('r-1', { title: 'Hello', campaign: 'Spring' })], live())
    const id = made?.next === 'done' ? made.receipt.externalId : ''
    expect(sandbox.store.posts.get(Number(id))?.meta).toEqual({ throughline_id: 'r-1', campaign: 'Spring' })
    const [cleared] = await connection.write('articles', [updating(id, { campaign: null, excerpt: null })], live())
    expect(cleared?.next === 'done' && wordpress.streams['articles']!.decode(cleared.receipt.raw!)).toMatchObject({
      campaign: null,
      excerpt: null,
    })
    const deletes = await connection.write('articles', [deleting(id), deleting(id)], live())
    expect(deletes.map((result) => result.next)).toEqual(['done', 'done'])
    expect(await connection.write('articles', [updating(id, { title: 'x' })], live())).toMatchObject([
      { next: 'conflict', current: { state: 'deleted' } },
    ])
    await sandbox.close()
  })

  it('refuses fields that are not described or only read, before anything is sent', async () => {
    const { io, asked } = lying(() => ({}))
    const connection = wordpress.connect(config, io)
    const results = await connection.write('articles', [updating('1', { link: 'x' }), updating('1', { nonsense: 1 })], live())
    expect(results.map((result) => result.next)).toEqual(['reject', 'reject'])
    expect(asked()).toBe(0)
  })

  it('puts the fields where the description says', async () => {
    const into = source.replace(`create: { method: POST,`, `create: { method: POST, into: /data/attributes,`)
    const sent: string[] = []
    const fetch = (_url: unknown, init?: RequestInit) => {
      sent.push(String(init?.body))
      return Promise.resolve(Response.json({ data: row(1) }))
    }
    const connection = declared(into, file).connect(config, ioOf({ fetch: fetch as typeof globalThis.fetch }))
    await connection.write('articles', [creating('r', { title: 'x' })], live())
    expect(JSON.parse(sent[0]!)).toEqual({ data: { attributes: { title: 'x', throughline_id: 'r' } } })
  })
})

describe('ways of paging', () => {
  const all = rows(1, 250)
  const numbered = (url: URL) => {
    const from = url.searchParams.has('page')
      ? (Number(url.searchParams.get('page')) - 1) * 100
      : Number(url.searchParams.get('offset') ?? 0)
    return { data: all.slice(from, from + 100) }
  }
  const token = (url: URL) => {
    const from = Number(url.searchParams.get('c') ?? 0)
    return { data: all.slice(from, from + 100), next: from + 100 < all.length ? from + 100 : null }
  }
  const link = (url: URL) => {
    const { data, next } = token(url)
    return Response.json({ data }, next === null ? {} : { headers: { link: `<${url.pathname}?c=${next}>; rel="next", </x>; rel="prev"` } })
  }

  it.each([
    [`{ kind: offset, query: { offset: '{offset}' } }`, numbered],
    [`{ kind: page, query: { page: '{page}' } }`, numbered],
    [`{ kind: cursor, query: { c: '{cursor}' }, cursor: /next }`, token],
    ['{ kind: link }', link],
  ])('%s lists everything once, also from the middle', async (paging, answer) => {
    const connection = paged(paging).connect(config, lying(answer).io)
    const ids = async (after: string | null) =>
      (await gather(connection.list('articles', after, live()))).records.map((record) => Number(record.id))
    expect(await ids(null)).toEqual(all.map(({ id }) => id))
    expect(await ids('120')).toEqual(all.map(({ id }) => id).slice(120))
    expect(await ids('250')).toEqual([])
  })

  it.each([
    [`{ kind: after, query: { a: '{id}' } }`],
    [`{ kind: offset, query: { offset: '{offset}' } }`],
    [`{ kind: page, query: { page: '{page}' } }`],
    [`{ kind: cursor, query: { c: '{cursor}' }, cursor: /next }`],
    ['{ kind: link }'],
  ])('%s: the same page again and again, and pages in circles, end with an error', async (paging) => {
    const next = { link: '</items/articles?c=7>; rel=next' }
    const circles = (_url: URL, n: number) =>
      Response.json({ data: rows(n % 2 === 0 ? 101 : 1), next: `c${n}` }, { headers: { link: `</items/articles?c=${n}>; rel=next` } })
    for (const answer of [() => Response.json({ data: rows(1), next: 7 }, { headers: next }), circles]) {
      const { io, asked } = lying(answer)
      await expect(gather(paged(paging).connect(config, io).list('articles', null, live()))).rejects.toBeInstanceOf(VendorError)
      expect(asked()).toBeLessThan(150)
    }
  })

  it.each([
    [`{ kind: offset, query: { offset: '{offset}' } }`, 7],
    [`{ kind: offset, query: { offset: '{offset}' } }`, 140],
    [`{ kind: page, query: { page: '{page}' } }`, 7],
  ])('%s: %i objects that go away behind us hide none before us', async (paging, gone) => {
    let living = rows(1, 550)
    const answer = (url: URL) => {
      const page = Number(url.searchParams.get('page') ?? 1)
      const from = Number(url.searchParams.get('offset') ?? (page - 1) * 100)
      return { data: living.slice(from, from + 100) }
    }
    const seen = new Set<number>()
    let pages = 0
    for await (const { records } of paged(paging).connect(config, lying(answer).io).list('articles', null, live())) {
      for (const record of records) seen.add(Number(record.id))
      pages += 1
      if (pages === 2) living = living.slice(gone)
      expect(pages).toBeLessThan(20)
    }
    expect(living.filter(({ id }) => !seen.has(id))).toEqual([])
  })

  it('a next page at another address is refused before the credentials go there', async () => {
    const { io, asked } = lying(() => Response.json({ data: rows(1) }, { headers: { link: '<http://169.254.169.254/items>; rel="next"' } }))
    await expect(gather(paged('{ kind: link }').connect(config, io).list('articles', null, live()))).rejects.toMatchObject({
      next: 'reject',
    })
    expect(asked()).toBe(1)
  })

  it('a list out of order is refused, for a gap would pass for deletes', async () => {
    for (const paging of ['{ kind: link }', `{ kind: offset, query: { offset: '{offset}' } }`]) {
      const { io } = lying(() => ({ data: [row(2), row(1)] }))
      await expect(gather(paged(paging).connect(config, io).list('articles', null, live()))).rejects.toMatchObject({ next: 'reject' })
    }
  })
})

describe('a declared system that lies', () => {
  it('and repeats a page of changes is stopped', async () => {
    const { io, asked } = lying(() => ({ data: rows(1) }))
    await expect(gather(directus.connect(config, io).pull('articles', null, live()))).rejects.toMatchObject({ next: 'reject' })
    expect(asked()).toBe(2)
  })

  it('and answers with a page, or without its list, is a matter of credentials, never of absence', async () => {
    for (const answer of [page, () => ({ message: 'hello' }), () => ({ data: {} })]) {
      const connection = directus.connect(config, lying(answer).io)
      await expect(connection.read('articles', ['1'], live())).rejects.toMatchObject({ name: 'VendorError', next: 'unauthorised' })
      await expect(gather(connection.list('articles', null, live()))).rejects.toMatchObject({ next: 'unauthorised' })
    }
  })

  it('and answers fewer, more or in another order is read by id', async () => {
    const found = await directus
      .connect(config, lying(() => ({ data: [row(3), row(9), row(1)] })).io)
      .read('articles', ['1', '2', '3', 'x'], live())
    expect([...found.values()].map((record) => record?.id ?? null)).toEqual(['1', null, '3', null])
  })

  it('and confirms a write with another object, or none, leaves it unknown', async () => {
    for (const data of [row(2), {}, null]) {
      const connection = directus.connect(config, lying(() => ({ data })).io)
      expect(await connection.write('articles', [updating('1', { title: 'x' })], live())).toMatchObject([{ next: 'unknown' }])
    }
  })

  it('and finds more than a page holds is not believed to have found all', async () => {
    const { io } = lying(() => ({ data: rows(1) }))
    await expect(directus.connect(config, io).find('articles', 'title', ['x'], live())).rejects.toMatchObject({ next: 'reject' })
  })
})

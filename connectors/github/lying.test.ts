import { describe, expect, it } from 'vitest'
import { serveGithub } from './sandbox/index.ts'
import { connectTo, creating, gather, live, nexts, scripted } from './testing.ts'

/** A vendor that does not keep its own word: every reading ends, and ends in an error that says what to do. */
const base = 'http://github.test'
const issue = (number: number, updated = '2026-01-01T00:00:00Z') => ({
  number,
  title: `Issue ${number}`,
  body: null,
  state: 'open',
  labels: [],
  created_at: updated,
  updated_at: updated,
})
const next = (page: number, host = base) => ({ link: `<${host}/repositories/1/issues?page=${page}>; rel="next"` })
const pageOf = (url: URL) => Number(url.searchParams.get('page') ?? 1)
const readings = { pull: 'pull', list: 'list' } as const

describe.each(Object.values(readings))('%s', (how) => {
  const read = (fetch: typeof globalThis.fetch) => gather(connectTo({ url: base }, {}, { fetch })[how]('issues', null, live()), 12_000)

  it('ends where one page comes for ever', async () => {
    const { fetch, asked } = scripted((url) => ({ body: [issue(1)], headers: next(pageOf(url) + 1) }))
    await expect(read(fetch)).rejects.toMatchObject({ name: 'VendorError', message: expect.stringContaining('repeats itself') as string })
    expect(asked.length).toBeLessThan(10)
  })

  it('ends where the next page is the same page', async () => {
    const { fetch, asked } = scripted(() => ({ body: [issue(1)], headers: next(2) }))
    await expect(read(fetch)).rejects.toMatchObject({ name: 'VendorError' })
    expect(asked.length).toBeLessThan(10)
  })

  it('ends where there are always more issues', async () => {
    const { fetch, asked } = scripted((url) => ({ body: [issue(pageOf(url))], headers: next(pageOf(url) + 1) }))
    await expect(read(fetch)).rejects.toMatchObject({ name: 'VendorError', next: 'retry' })
    expect(asked.length).toBeLessThan(11_000)
  })

  it('does not carry the token to another host, neither by a link nor by a redirect', async () => {
    const byLink = scripted((url) => ({ body: [issue(pageOf(url))], headers: next(2, 'http://elsewhere.test') }))
    await expect(read(byLink.fetch)).rejects.toMatchObject({
      name: 'VendorError',
      message: expect.stringContaining('another host') as string,
    })
    const byRedirect = scripted(() => ({ status: 302, headers: { location: 'http://elsewhere.test/' } }))
    await expect(read(byRedirect.fetch)).rejects.toMatchObject({ name: 'VendorError', next: 'unauthorised' })
    expect([...byLink.asked, ...byRedirect.asked].map(({ url }) => url.host)).not.toContain('elsewhere.test')
    expect(byLink.asked[0]?.headers.get('authorization')).toContain('hub-token')
  })

  it.each([
    ['text/html', '[]'],
    ['text/plain', '[]'],
    ['application/json', '<html>'],
    ['application/json', ''],
    ['application/json', '{"message":"ok"}'],
    ['application/json', '[{"number":"1"}]'],
    ['application/json', '[{"number":1,"updated_at":"soon"}]'],
    ['application/json', '[null]'],
  ])('takes %s %s for nothing that GitHub says', async (type, text) => {
    const fetch = () => Promise.resolve(new Response(text, { headers: { 'content-type': type } }))
    await expect(read(fetch)).rejects.toMatchObject({ name: 'VendorError' })
  })

  it('stops in the middle when the token expires, with what it had', async () => {
    const { fetch } = scripted((url) => {
      const page = pageOf(url)
      if (page > 1) return { status: 401, body: { message: 'Bad credentials' } }
      return { body: Array.from({ length: 100 }, (_, n) => issue(n + 1)), headers: next(2) }
    })
    const seen: number[] = []
    const pages = connectTo({ url: base }, {}, { fetch })[how]('issues', null, live())
    const reading = (async () => {
      for await (const page of pages) seen.push(page.records.length)
    })()
    await expect(reading).rejects.toMatchObject({ name: 'VendorError', next: 'unauthorised' })
    expect(seen.filter((count) => count > 0)).toEqual(how === 'pull' ? [100] : [])
  })

  it('takes a 304 to a plain question for no answer', async () => {
    const fetch = () => Promise.resolve(new Response(null, { status: 304 }))
    await expect(read(fetch)).rejects.toMatchObject({ name: 'VendorError', next: 'retry' })
  })
})

describe('a time to wait', () => {
  const now = Date.parse('2026-11-20T10:10:00Z')
  const headers = (more: Record<string, string>) => ({ date: 'Fri, 20 Nov 2026 10:10:00 GMT', ...more })

  it.each([
    ['an hour at most', { 'retry-after': '999999999' }, 3_600_000],
    ['a second at least', { 'retry-after': '0' }, 1_000],
    ['a minute where it is nonsense', { 'retry-after': 'soon' }, 60_000],
    ['a second where it is negative', { 'retry-after': '-5' }, 1_000],
    ['until a date', { 'retry-after': 'Fri, 20 Nov 2026 10:10:30 GMT' }, 30_000],
    ['until the reset', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 90) }, 90_000],
    ['an hour where the reset is in another year', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' }, 3_600_000],
    ['a second where the reset has passed', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }, 1_000],
  ])('is %s', async (_what, more, wait) => {
    const { fetch } = scripted(() => ({ status: 403, body: { message: 'no' }, headers: headers(more) }))
    const [result] = await connectTo({ url: base }, {}, { fetch, now: () => now }).write('issues', [creating({ title: 'a' })], live())
    expect(result).toMatchObject({ next: 'retry', limited: true, at: now + wait })
  })

  it("is measured by the vendor's clock where ours is two hours off", async () => {
    const ours = now - 2 * 3_600_000
    const more = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1_000 + 90) }
    const { fetch } = scripted(() => ({ status: 403, body: {}, headers: headers(more) }))
    await expect(connectTo({ url: base }, {}, { fetch, now: () => ours }).read('issues', ['1'], live())).rejects.toMatchObject({
      next: 'limited',
      at: ours + 90_000,
    })
  })
})

describe('a write', () => {
  it.each([
    [{ status: 201, body: {} }, 'unknown'],
    [{ status: 201, body: [] }, 'unknown'],
    [{ status: 201, body: { number: 7, body: 'without our marker' } }, 'unknown'],
    [{ status: 307, headers: { location: 'http://elsewhere.test/' } }, 'retry'],
  ])('answered with %j is %s, and goes nowhere else', async (answer, outcome) => {
    const { fetch, asked } = scripted(() => answer)
    expect(nexts(await connectTo({ url: base }, {}, { fetch }).write('issues', [creating({ title: 'a' })], live()))).toEqual([outcome])
    expect(asked.map(({ url }) => url.host)).toEqual(['github.test'])
  })
})

it('a real redirect to another host is not followed either', async () => {
  const [sandbox, elsewhere] = await Promise.all([serveGithub(0), serveGithub(0)])
  try {
    sandbox.faults.set([{ kind: 'status', status: 302, headers: { location: `${elsewhere.url}/repos/acme/support/issues/1` } }])
    await expect(connectTo(sandbox).read('issues', ['1'], live())).rejects.toMatchObject({ next: 'unauthorised' })
    expect(elsewhere.calls.reads).toBe(0)
  } finally {
    await Promise.all([sandbox.close(), elsewhere.close()])
  }
})

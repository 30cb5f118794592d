import { createServer, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { type Answer, conflict, createClient, done, notDone, oneByOne, rowsOf, VendorError, withQuery } from './index.ts'

const open: (() => Promise<void>)[] = []
const now = Date.UTC(2026, 10, 20, 12)
const live = (): AbortSignal => AbortSignal.timeout(10_000)

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  )
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/base/`
}

const client = (url: string) =>
  createClient(
    {
      name: 'Toy',
      url,
      headers: { authorization: 'Bearer s3cret' },
      explain: (body) => (body as { code?: string } | undefined)?.code ?? '',
      judge: ({ exchange, header }, at) =>
        exchange.status === 403 ? { kind: 'limited', at: at + Number(header('x-reset')) * 1_000, why: 'told by 403' } : null,
    },
    { fetch, now: () => now, fields: {}, log: () => {} },
  )

async function answered(status: number, headers: Record<string, string> = {}, body = '{"code":"why"}'): Promise<Answer> {
  return client(await serve((_request, response) => response.writeHead(status, headers).end(body))).call('POST', '/a?b=1', live(), { c: 1 })
}

describe('one call', () => {
  it('goes to the path below the base, as JSON, and shows everything but the credentials', async () => {
    let got = ''
    const url = await serve((request, response) => {
      got = `${request.method} ${request.url} ${request.headers['content-type']} ${request.headers.authorization} ${request.headers['if-match']}`
      response.end('{"ok":true}')
    })
    const answer = await client(url).call('PUT', '/a?b=1', live(), { c: 1 }, { 'if-match': '7' })
    expect(got).toBe('PUT /base/a?b=1 application/json Bearer s3cret 7')
    expect(answer.exchange).toEqual({ method: 'PUT', path: '/base/a?b=1', request: '{"c":1}', status: 200, answer: '{"ok":true}' })
    expect([answer.verdict, answer.status, answer.body]).toEqual([{ kind: 'ok' }, 200, { ok: true }])
    expect(JSON.stringify(answer)).not.toContain('s3cret')
  })

  it('follows no redirect: the credentials stay where they belong', async () => {
    const seen: unknown[] = []
    const elsewhere = await serve((request, response) => {
      seen.push(request.url)
      response.end('{}')
    })
    expect((await answered(307, { location: elsewhere })).verdict.kind).toBe('credentials')
    expect(seen).toEqual([])
  })

  it('knows what the vendor cannot have seen from what may have landed', async () => {
    const gone = await serve(() => {})
    for (const close of open.splice(0)) await close()
    const verdict = async (url: string, signal = live()) => (await client(url).call('POST', '/a', signal, {})).verdict.kind
    expect(await verdict(gone)).toBe('later')
    expect(await verdict(gone, AbortSignal.abort())).toBe('later')
    expect(await verdict(await serve((request) => request.socket.destroy()))).toBe('uncertain')
    expect(await verdict(await serve(() => {}), AbortSignal.timeout(50))).toBe('uncertain')
    const half = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a":')
      setTimeout(() => response.destroy(), 20)
    })
    expect(await verdict(half)).toBe('uncertain')
  })
})

describe('what an answer means', () => {
  it.each([
    [204, 'ok', 'done'],
    [302, 'credentials', 'retry'],
    [401, 'credentials', 'retry'],
    [403, 'limited', 'retry'],
    [404, 'refused', 'reject'],
    [408, 'uncertain', 'unknown'],
    [422, 'refused', 'reject'],
    [425, 'later', 'retry'],
    [429, 'limited', 'retry'],
    [500, 'uncertain', 'unknown'],
    [503, 'uncertain', 'unknown'],
  ])('%i is %s, and for a write %s', async (status, kind, next) => {
    const answer = await answered(status)
    expect(answer.verdict.kind).toBe(kind)
    const result = answer.verdict.kind === 'ok' ? done(answer, '1', null, false) : notDone(answer)
    expect(result.next).toBe(next)
    expect('limited' in result && result.limited).toBe(kind === 'limited')
    if ('why' in result && status !== 403) expect(result.why).toBe(`${status} why`)
  })

  it('is garbage where success is no JSON, and never empty', async () => {
    for (const body of ['', 'null', '"text"', '7', '<html>']) {
      const answer = await answered(200, {}, body)
      expect(answer.verdict.kind).toBe('garbage')
      expect(notDone(answer).next).toBe('unknown')
      expect(() => rowsOf(answer, 'rows')).toThrow(expect.objectContaining({ next: 'retry' }))
    }
  })

  it('keeps the wait the vendor asks for, by its own clock, between a second and an hour', async () => {
    const wait = async (headers: Record<string, string>, status = 429) => {
      const result = notDone(await answered(status, headers))
      return result.next === 'retry' && result.at !== undefined ? result.at - now : null
    }
    expect(await wait({ 'retry-after': '30' })).toBe(30_000)
    const date = new Date(now - 7_200_000)
    expect(await wait({ date: date.toUTCString(), 'retry-after': new Date(date.getTime() + 60_000).toUTCString() })).toBe(60_000)
    expect(await wait({ 'retry-after': '-5' })).toBe(1_000)
    expect(await wait({ 'retry-after': '99999999' })).toBe(3_600_000)
    expect(await wait({ 'retry-after': 'soon' })).toBeNull()
    expect(await wait({})).toBeNull()
    expect(await wait({ 'x-reset': '30' }, 403)).toBe(30_000)
    expect(await wait({ 'x-reset': '-1' }, 403)).toBe(1_000)
    expect(await wait({ 'x-reset': '1e12' }, 403)).toBe(3_600_000)
    expect(await wait({ 'x-reset': 'soon' }, 403)).toBeNull()
  })
})

describe('a reading', () => {
  it.each([
    [401, 'unauthorised'],
    [429, 'limited'],
    [500, 'retry'],
    [404, 'reject'],
  ])('that met %i is an error that says %s, without the query', async (status, next) => {
    const url = await serve((_request, response) => response.writeHead(status, { 'retry-after': '30' }).end('{}'))
    const error: unknown = await client(url)
      .ask('GET', '/people?email=ada', live())
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(VendorError)
    expect(error).toMatchObject({ next, message: expect.stringContaining(`Toy GET /base/people: ${status}`) })
    expect(String(error)).not.toContain('ada')
    if (next === 'limited' || next === 'retry') expect(error).toMatchObject({ at: now + 30_000 })
  })

  it('finds the rows of an answer, or says that there are none', async () => {
    expect(rowsOf(await answered(200, {}, '{"rows":[{"a":1}]}'), 'rows')).toEqual([{ a: 1 }])
    expect(rowsOf(await answered(200, {}, '[{"a":1}]'))).toEqual([{ a: 1 }])
    for (const body of ['{}', '{"rows":{}}', '{"rows":[1]}', '[]']) {
      const answer = await answered(200, {}, body)
      expect(() => rowsOf(answer, 'rows')).toThrow(VendorError)
    }
  })

  it('escapes what goes into a query', () => {
    expect(withQuery('/a', { x: 'a&b=c', y: ['1', '2 '] })).toBe('/a?x=a%26b%3Dc&y=1&y=2+')
  })
})

it('results come in the order of the deliveries, one after the other', async () => {
  const answer = await answered(200)
  const delivery = { operation: 'update', recordId: 'r', externalId: '1', patch: {}, basedOn: null } as const
  const seen: string[] = []
  const results = await oneByOne(
    [
      { ...delivery, key: 'a' },
      { ...delivery, key: 'b' },
    ],
    async ({ key }) => {
      seen.push(`${key} begins`)
      await new Promise((resolve) => setTimeout(resolve, 5))
      seen.push(`${key} ends`)
      return key === 'a' ? conflict(answer, null, 'gone') : done(answer, '1', null, false)
    },
  )
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  expect(results.map((result) => result.next)).toEqual(['conflict', 'done'])
})

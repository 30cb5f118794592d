import { createServer, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { classify, demand, type Voice } from './classify.ts'
import { send } from './http.ts'
import { listener, live } from './testing.ts'

const voice: Voice = { name: 'Toy', explain: () => '' }
const open: (() => Promise<void>)[] = []

async function serve(answer: RequestListener): Promise<URL> {
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
  return new URL(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/a?b=1`)
}

const call = (url: URL, signal = live()) =>
  send(fetch, { method: 'POST', url, headers: { authorization: 'Bearer secret' }, body: { a: 1 } }, signal)

afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

describe('one call', () => {
  it('follows no redirect: the credentials stay where they belong', async () => {
    const elsewhere = await listener()
    open.push(() => elsewhere.close())
    const answer = await call(await serve((_request, response) => response.writeHead(307, { location: elsewhere.url }).end()))
    expect(classify(voice, answer, 0)).toMatchObject({ kind: 'credentials' })
    expect(elsewhere.got).toEqual([])
  })

  it('shows what went over the wire, without the credentials', async () => {
    const answer = await call(await serve((_request, response) => response.writeHead(201).end('{"ok":true}')))
    expect(answer.exchange).toEqual({ method: 'POST', path: '/a?b=1', request: '{"a":1}', status: 201, answer: '{"ok":true}' })
    expect(JSON.stringify(answer)).not.toContain('secret')
  })

  it('knows what cannot have been seen by the vendor from what may have landed', async () => {
    const gone = await serve(() => {})
    for (const close of open.splice(0)) await close()
    expect((await call(gone)).failure?.sent).toBe(false)
    expect((await call(gone, AbortSignal.abort())).failure?.sent).toBe(false)
    const broken = await serve((request) => request.socket.destroy())
    expect((await call(broken)).failure?.sent).toBe(true)
    const half = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a":')
      setTimeout(() => response.destroy(), 20)
    })
    expect(classify(voice, await call(half), 0)).toMatchObject({ kind: 'uncertain' })
    const silent = await serve(() => {})
    expect((await call(silent, AbortSignal.timeout(50))).failure?.sent).toBe(true)
  })
})

describe('when to ask again', () => {
  const now = Date.UTC(2026, 10, 20, 12)
  const at = async (headers: Record<string, string>, status = 429) => {
    const verdict = classify(voice, await call(await serve((_request, response) => response.writeHead(status, headers).end('{}'))), now)
    return 'at' in verdict && verdict.at !== undefined ? verdict.at - now : null
  }

  it('is what the vendor says, by its own clock, between a second and an hour', async () => {
    expect(await at({ 'retry-after': '30' })).toBe(30_000)
    expect(await at({ 'retry-after': '30' }, 503)).toBe(30_000)
    // The vendor's clock is two hours off; what counts is the distance.
    const date = new Date(now - 7_200_000)
    expect(await at({ date: date.toUTCString(), 'retry-after': new Date(date.getTime() + 60_000).toUTCString() })).toBe(60_000)
    expect(await at({ 'retry-after': '-5' })).toBe(1_000)
    expect(await at({ 'retry-after': '99999999' })).toBe(3_600_000)
    expect(await at({ 'retry-after': 'soon' })).toBeNull()
    expect(await at({})).toBeNull()
  })
})

it('a reading that met JSON of no kind is never taken for an empty one', async () => {
  for (const body of ['', 'null', '"text"', '7', '<html>']) {
    const answer = await call(await serve((_request, response) => response.writeHead(200).end(body)))
    expect(() => demand(voice, answer, 0)).toThrow(expect.objectContaining({ next: 'unauthorised' }))
  }
})

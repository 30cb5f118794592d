import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib'
import { hubspot } from '@throughline/hubspot'
import { VendorError } from '@throughline/sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEgress, type Egress, type EgressOptions } from './index.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

let server: Server
let port: number
let answer: Answer
let seen: { url: string; headers: IncomingMessage['headers']; body: string }[]
let open: Egress[]

beforeEach(async () => {
  answer = (_request, response) => response.end('{}')
  seen = []
  open = []
  server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      seen.push({ url: request.url!, headers: request.headers, body: Buffer.concat(parts).toString() })
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function egress(options: EgressOptions = {}): Egress {
  const made = createEgress(options)
  open.push(made)
  return made
}
const free = (options: EgressOptions = {}): Egress => egress({ allowPrivate: true, ...options })
const at = (path = '/'): string => `http://127.0.0.1:${port}${path}`

async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('it did not fail')
}

describe('addresses', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['2130706433', 'loopback as one number'],
    ['0x7f.1', 'loopback in hex and short'],
    ['0177.0.0.1', 'loopback in octal'],
    ['[::ffff:127.0.0.1]', 'loopback mapped into IPv6'],
    ['[::1]', 'loopback in IPv6'],
    ['0', 'this network, which reaches the machine itself'],
    ['localhost', 'loopback by name'],
  ])('http://%s is refused: %s', async (host) => {
    const told: string[] = []
    const error = await failure(egress({ refused: (why) => told.push(why) }).fetch(`http://${host}:${port}/`))
    expect(told).toEqual([error.message])
    expect(error).toMatchObject({ name: 'AddressRefused', code: 'EHOSTUNREACH' })
    expect(seen).toEqual([])
  })

  test('the server that was refused can be reached where it is allowed, so the refusals above mean something', async () => {
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', 'localhost'])
      expect((await free().fetch(`http://${host}:${port}/`)).status).toBe(200)
    expect((await egress({ allowPrivate: ['127.0.0.1'] }).fetch(at())).status).toBe(200)
    expect(await failure(egress({ allowPrivate: ['localhost'] }).fetch(at()))).toMatchObject({ name: 'AddressRefused' })
  })

  test.each(['169.254.169.254', '[fd00:ec2::254]', '0.0.0.0', '[64:ff9b::7f00:1]'])('http://%s is refused even then', async (host) => {
    expect(await failure(free().fetch(`http://${host}:${port}/latest/meta-data`))).toMatchObject({ name: 'AddressRefused' })
    expect(seen).toEqual([])
  })

  test('a name is judged by the addresses that are connected to, all of them, at each connection', async () => {
    let turn = 0
    const rebinding = egress({
      resolve: (_host, done) => {
        turn += 1
        done(null, [
          { address: '192.0.2.1', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ])
      },
    })
    expect(await failure(rebinding.fetch(`http://vendor.example:${port}/`))).toMatchObject({ name: 'AddressRefused' })
    expect(await failure(rebinding.fetch(`http://vendor.example:${port}/`))).toMatchObject({ name: 'AddressRefused' })
    expect(turn).toBe(2)
    const named = egress({ allowPrivate: ['cms.internal'], resolve: (_host, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) })
    expect((await named.fetch(`http://cms.internal:${port}/`)).status).toBe(200)
    expect(await failure(named.fetch(`http://other.internal:${port}/`))).toMatchObject({ name: 'AddressRefused' })
    expect(seen).toHaveLength(1)
  })

  test('only http and https, and no credentials in the address', async () => {
    for (const url of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'data:text/plain,x'])
      expect(await failure(free().fetch(url))).toBeInstanceOf(TypeError)
    expect(await failure(free().fetch(`http://a:b@127.0.0.1:${port}/`))).toBeInstanceOf(TypeError)
    expect(seen).toEqual([])
  })
})

describe('redirects', () => {
  test('to another host, to metadata, to itself: none is followed, and the token goes nowhere', async () => {
    for (const location of ['http://localhost:1/steal', 'http://169.254.169.254/latest/meta-data', '/again']) {
      answer = (_request, response) => response.writeHead(307, { location }).end()
      seen = []
      const headers = { authorization: 'Bearer secret', 'x-api-key': 'secret' }
      expect(await failure(free().fetch(at(), { method: 'POST', body: '{}', headers }))).toBeInstanceOf(TypeError)
      expect(await failure(free().fetch(at(), { redirect: 'error', headers }))).toBeInstanceOf(TypeError)
      const shown = await free().fetch(at(), { redirect: 'manual', headers })
      expect([shown.status, shown.headers.get('location')]).toEqual([307, location])
      expect(seen.map(({ url }) => url)).toEqual(['/', '/', '/'])
    }
  })
})

describe('time', () => {
  test('no answer, and an answer that trickles, end at the limit', async () => {
    const quick = free({ totalMs: 150 })
    answer = () => undefined
    const began = performance.now()
    expect(await failure(quick.fetch(at()))).toMatchObject({ name: 'VendorError', next: 'retry' })
    let timer: NodeJS.Timeout | undefined
    answer = (_request, response) => {
      response.writeHead(200)
      timer = setInterval(() => response.write('.'), 20)
    }
    const trickling = await quick.fetch(at())
    clearInterval(timer)
    expect(trickling.status).toBe(200)
    expect(await failure(trickling.text())).toMatchObject({ name: 'VendorError', next: 'retry' })
    expect(performance.now() - began).toBeLessThan(2_000)
  })

  test('a signal ends the call at once, with its reason', async () => {
    answer = () => undefined
    const stop = new AbortController()
    const call = free().fetch(at(), { signal: stop.signal })
    setTimeout(() => stop.abort(new Error('enough')), 30)
    expect((await failure(call)).message).toBe('enough')
    expect((await failure(free().fetch(at(), { signal: AbortSignal.abort(new Error('before')) }))).message).toBe('before')
  })
})

describe('size', () => {
  const LIMIT = 100_000
  test('an answer up to the limit is taken, one byte more is not', async () => {
    answer = (_request, response) => response.end('x'.repeat(LIMIT))
    expect(await (await free({ bodyLimit: LIMIT }).fetch(at())).text()).toHaveLength(LIMIT)
    answer = (_request, response) => response.end('x'.repeat(LIMIT + 1))
    const huge = await free({ bodyLimit: LIMIT }).fetch(at())
    expect(huge.status).toBe(200)
    expect(await failure(huge.text())).toMatchObject({ name: 'VendorError', next: 'retry' })
  })

  test('a huge page is not fetched to its end', async () => {
    let written = 0
    answer = (_request, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && written < 500_000_000) {
          written += 65_536
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more)
        }
      }
      more()
    }
    expect(await failure((await free({ bodyLimit: 1_000_000 }).fetch(at())).text())).toBeInstanceOf(VendorError)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(written).toBeLessThan(50_000_000)
  })

  test('a gzip bomb is not inflated: 300 MB of nothing in 300 KB', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
      const gzip = createGzip({ level: 1 })
      gzip.pipe(response)
      let left = 300
      const more = (): void => {
        while (left > 0 && !response.destroyed) {
          left -= 1
          if (!gzip.write(Buffer.alloc(1_048_576))) return void gzip.once('drain', more)
        }
        gzip.end()
      }
      more()
    }
    const before = process.memoryUsage().rss
    const bomb = await free({ bodyLimit: 1_000_000 }).fetch(at())
    expect(await failure(bomb.text())).toMatchObject({ name: 'VendorError', next: 'retry' })
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  })

  test('to a connector it is a VendorError, not a crash and not an empty page', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
      response.end(gzipSync(Buffer.alloc(2_000_000)))
    }
    const { fetch } = free({ bodyLimit: 1_000_000 })
    const io = { fetch, now: Date.now, fields: { contacts: ['email'] }, log: () => undefined }
    const remote = hubspot.connect({ token: 't', clientSecret: 's', baseUrl: at('').replace(/\/$/, '') }, io)
    const pages = remote.list('contacts', null, AbortSignal.timeout(5_000))
    expect(await failure(pages[Symbol.asyncIterator]().next())).toBeInstanceOf(VendorError)
  })

  test('what was broken off or encoded as nobody asked is an error, with the status', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    }
    const half = await free().fetch(at())
    expect(half.status).toBe(200)
    await failure(half.text())
    for (const [encoding, body] of [
      ['zstd', Buffer.from('x')],
      ['gzip', Buffer.from('no gzip')],
      ['gzip', gzipSync('cut').subarray(0, 15)],
    ] as const) {
      answer = (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body)
      await failure((await free().fetch(at())).text())
    }
  })
})

describe('what it has in common with fetch', () => {
  test('encodings are undone', async () => {
    for (const [encoding, make] of [
      ['gzip', gzipSync],
      ['deflate', deflateSync],
      ['br', brotliCompressSync],
    ] as const) {
      answer = (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end(make('{"a":1}'))
      const response = await free().fetch(at())
      expect([await response.json(), response.headers.get('content-encoding')]).toEqual([{ a: 1 }, null])
    }
  })

  test('method, path, headers and every form of body arrive', async () => {
    const { fetch } = free()
    await fetch(new URL(at('/a%20b?c=d&c=e')), { method: 'PATCH', headers: new Headers({ 'X-One': '1' }), body: '{"ü":1}' })
    await fetch(at('/form'), { method: 'POST', body: new URLSearchParams({ grant_type: 'x y' }) })
    await fetch(new Request(at('/whole'), { method: 'PUT', body: 'text', headers: { 'x-two': '2' } }))
    await fetch(at('/bytes'), { method: 'POST', body: new Uint8Array([0x7b, 0x7d]) })
    expect(seen.map(({ url, body }) => [url, body])).toEqual([
      ['/a%20b?c=d&c=e', '{"ü":1}'],
      ['/form', 'grant_type=x+y'],
      ['/whole', 'text'],
      ['/bytes', '{}'],
    ])
    expect([seen[0]!.headers['x-one'], seen[2]!.headers['x-two']]).toEqual(['1', '2'])
    expect(seen[1]!.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
  })

  test('answers without a body, several cookies, and refused connections', async () => {
    answer = (_request, response) => response.writeHead(304, { etag: '"1"' }).end()
    const same = await free().fetch(at())
    expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, '"1"', ''])
    answer = (_request, response) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end()
    expect((await free().fetch(at())).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect((await failure(free().fetch('http://127.0.0.1:1/'))).code).toBe('ECONNREFUSED')
  })
})

import { readFileSync } from 'node:fs'
import type { ConnectorIo, Delivery, Page, RawRecord, RawRequest } from '@throughline/sdk'

/** What tests of the connectors share; the package does not export it. */
export const live = (): AbortSignal => AbortSignal.timeout(10_000)

export function ioOf(own: Partial<ConnectorIo> = {}): ConnectorIo {
  return { fetch: globalThis.fetch, now: () => Date.now(), fields: {}, log: () => {}, ...own }
}

/** A vendor that answers whatever it is asked by `answer`, and says how often it was asked. */
export function lying(answer: (url: URL, n: number) => unknown): { io: ConnectorIo; asked: () => number } {
  let n = 0
  const fetch = (input: string | URL | Request): Promise<Response> => {
    n += 1
    if (n > 500) throw new Error('The reading does not end')
    const said = answer(new URL(input instanceof Request ? input.url : input), n)
    return Promise.resolve(said instanceof Response ? said : Response.json(said))
  }
  return { io: ioOf({ fetch: fetch as typeof globalThis.fetch }), asked: () => n }
}

export const page = (): Response =>
  new Response('<html><body>Log in</body></html>', { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })

export async function gather(pages: AsyncIterable<Page>, most = 100): Promise<{ records: RawRecord[]; cursor: string | null }> {
  const records: RawRecord[] = []
  let cursor: string | null = null
  let count = 0
  for await (const each of pages) {
    records.push(...each.records)
    cursor = each.cursor
    count += 1
    if (count > most) throw new Error('Paging does not end')
  }
  return { records, cursor }
}

export function creating(recordId: string, patch: Record<string, unknown>): Delivery {
  return { key: `key-${recordId}`, operation: 'create', recordId, externalId: null, patch, basedOn: null }
}

export function updating(externalId: string, patch: Record<string, unknown>, basedOn: string | null = null): Delivery {
  return { key: `key-${externalId}`, operation: 'update', recordId: `of-${externalId}`, externalId, patch, basedOn }
}

export function deleting(externalId: string): Delivery {
  return { key: `key-${externalId}`, operation: 'delete', recordId: `of-${externalId}`, externalId, patch: {}, basedOn: null }
}

interface Capture {
  readonly at: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawBody: string
}

/** A delivery as a vendor really sent it, received at `at` (when it was captured, if absent). */
export function captured(file: URL, at?: number): RawRequest {
  const capture = JSON.parse(readFileSync(file, 'utf8')) as Capture
  return {
    method: capture.method,
    url: `https://hub.example.com${capture.url}`,
    headers: capture.headers,
    body: Buffer.from(capture.rawBody),
    receivedAt: at ?? Date.parse(capture.at),
  }
}

/** The request with one bit of one byte of its body turned. */
export function altered(request: RawRequest, index: number): RawRequest {
  const body = Uint8Array.from(request.body)
  body[index] = (body[index] ?? 0) ^ 1
  return { ...request, body }
}

/** A server that takes webhooks and keeps them. */
export async function listener(status = 200): Promise<{
  url: string
  got: { headers: Record<string, string>; body: string }[]
  close(): Promise<void>
}> {
  const { createServer } = await import('node:http')
  const got: { headers: Record<string, string>; body: string }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      got.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString('utf8') })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/hooks/cms`,
    got,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/** Plain HTTP against a sandbox, for tests that must not lean on a connector. */
export async function raw(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: unknown,
): Promise<{ status: number; headers: Headers; json: Any }> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, json: (text === '' ? null : JSON.parse(text)) as Any }
}

/** A JSON value that tests look into without ceremony. */
export interface Any {
  readonly [member: string]: Any
  readonly [index: number]: Any
}

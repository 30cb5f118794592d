import { LISTEN_SILENCE_MS, VendorError } from '@throughline/sdk'
import { Agent, type Dispatcher } from 'undici'
import { ACCEPTED_ENCODINGS, readAnswer } from './answer.ts'
import { AddressRefused, guardedConnector, type AllowPrivate, type Resolve } from './connect.ts'

export { AddressRefused, type AllowPrivate } from './connect.ts'

export interface EgressOptions {
  /** Off unless whoever runs the hub says otherwise. */
  readonly allowPrivate?: AllowPrivate
  /** Most bytes of one decoded answer. */
  readonly bodyLimit?: number
  /** Longest time of one call, answer and all, in milliseconds. The hub gives up on most calls much earlier by their signal. */
  readonly totalMs?: number
  readonly connectMs?: number
  readonly resolve?: Resolve
  /** An address was refused: for the log, and for people, who would otherwise see only that nothing was reached. */
  refused?(why: string): void
}

/** The way out: the only `fetch` that connectors are given. */
export interface Egress {
  /**
   * Like the global one, apart from what is refused: addresses that are not public (checked when connecting), anything but
   * http and https, and every redirect, which `redirect: 'manual'` shows and everything else gets as an error: credentials
   * stay where they were sent. An answer arrives whole or not at all, within a limit of time and of decoded size.
   */
  readonly fetch: typeof globalThis.fetch
  close(): Promise<void>
}

const BODY_LIMIT = 32 * 1_048_576
const CONNECT_MS = 10_000
const KEEP_ALIVE_MS = 10_000
/** Per host; more calls than that wait for one another. */
const CONNECTIONS = 64
const EMPTY = new Set([204, 205, 304])

export function createEgress(options: EgressOptions = {}): Egress {
  const { allowPrivate = false, bodyLimit = BODY_LIMIT, totalMs = LISTEN_SILENCE_MS + 10_000, connectMs = CONNECT_MS } = options
  const agent = new Agent({
    ...guardedConnector(allowPrivate, connectMs, options.resolve),
    connections: CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: totalMs,
    bodyTimeout: totalMs,
    maxHeaderSize: 64 * 1024,
  })

  async function carry(call: Call, signal: AbortSignal | null): Promise<Response> {
    const stop = new AbortController()
    const late = setTimeout(() => stop.abort(new VendorError('retry', `no whole answer within ${totalMs / 1_000} s`)), totalMs)
    const abort = (): void => stop.abort(signal?.reason)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const answer = await agent.request({ ...call.asked, signal: stop.signal })
      // Whoever leaves it half-way gets an error event that nobody waits for any more.
      answer.body.on('error', () => undefined)
      const headers = headersOf(answer.headers)
      const init = { status: answer.statusCode, headers }
      if (isRedirect(answer.statusCode) && !call.showsRedirects) {
        answer.body.destroy()
        throw new TypeError('the answer is a redirect, which is not followed: credentials would go along')
      }
      if (EMPTY.has(answer.statusCode) || call.asked.method === 'HEAD') {
        await answer.body.dump()
        return new Response(null, init)
      }
      try {
        const encoding = headers.get('content-encoding')
        const bytes = await readAnswer(answer.body, encoding, bodyLimit)
        // It is plain now, and of another length.
        if (encoding !== null) for (const name of ['content-encoding', 'content-length']) headers.delete(name)
        return new Response(bytes as Uint8Array<ArrayBuffer>, init)
      } catch (error) {
        // The status is known, so it is shown; reading the body tells what is wrong with it.
        const cause = stop.signal.aborted ? (stop.signal.reason as unknown) : error
        return new Response(new ReadableStream({ start: (controller) => controller.error(cause) }), init)
      }
    } catch (error) {
      if (error instanceof AddressRefused) options.refused?.(error.message)
      throw error
    } finally {
      clearTimeout(late)
      signal?.removeEventListener('abort', abort)
    }
  }

  return {
    fetch: async (input, init) => {
      const { call, signal } = await understand(input, init)
      return carry(call, signal)
    },
    close: () => agent.destroy(),
  }
}

interface Call {
  readonly asked: Dispatcher.RequestOptions & { readonly origin: string }
  readonly showsRedirects: boolean
}

/** What the caller of `fetch` wants, whichever of its many forms was used. */
async function understand(input: string | URL | Request, init: RequestInit = {}): Promise<{ call: Call; signal: AbortSignal | null }> {
  const isSimple = !(input instanceof Request) && (init.body === undefined || init.body === null || typeof init.body === 'string')
  // Forms, blobs and streams are put into bytes by the platform.
  const whole = isSimple ? null : new Request(input, { ...init, ...(init.body instanceof ReadableStream ? { duplex: 'half' } : {}) })
  const url = new URL(whole ? whole.url : String(input))
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new TypeError(`only http and https are called, not ${url.protocol}`)
  if (url.username !== '' || url.password !== '') throw new TypeError('credentials do not belong into an address')
  const headers = whole ? whole.headers : new Headers(init.headers)
  if (typeof init.body === 'string' && !headers.has('content-type')) headers.set('content-type', 'text/plain;charset=UTF-8')
  if (!headers.has('accept')) headers.set('accept', '*/*')
  if (!headers.has('user-agent')) headers.set('user-agent', 'Throughline')
  headers.set('accept-encoding', ACCEPTED_ENCODINGS)
  const body = whole?.body ? Buffer.from(await whole.arrayBuffer()) : typeof init.body === 'string' ? init.body : null
  return {
    call: {
      asked: {
        origin: url.origin,
        path: url.pathname + url.search,
        method: (whole ? whole.method : (init.method ?? 'GET').toUpperCase()) as Dispatcher.HttpMethod,
        headers: Object.fromEntries(headers),
        body,
      },
      showsRedirects: (whole ? whole.redirect : init.redirect) === 'manual',
    },
    signal: init.signal ?? whole?.signal ?? null,
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304
}

function headersOf(given: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'string') headers.append(name, value)
    else for (const one of value ?? []) headers.append(name, one)
  }
  return headers
}

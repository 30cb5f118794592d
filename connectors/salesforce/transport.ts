import { PassThrough } from 'node:stream'

/** What one call looked like on the wire. Filled while it runs, so that it also says how far a failed call came. */
export interface Wire {
  status: number | null
  text: string
  headers: Headers | null
  /** False as long as the vendor cannot have seen the call. */
  sent: boolean
}

/** The part of jsforce's request that reaches a transport. */
interface JsforceRequest {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Failures from before a connection stood, so before a byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * A transport for jsforce's `request(…, { transport })` over the connector's own fetch. jsforce's own one cannot be used
 * by a process that has to live: an answer that breaks off half-way is an uncaught exception there, and its promise never
 * settles; it also takes no abort signal, follows redirects with the token, hides response headers and obeys `HTTP_PROXY`
 * but not `NO_PROXY`.
 */
export function createTransport(fetch: typeof globalThis.fetch, signal: AbortSignal, wire: Wire): object {
  const send = async (request: JsforceRequest): Promise<{ statusCode: number; headers: Record<string, string>; body: string }> => {
    signal.throwIfAborted()
    const headers = new Headers(request.headers)
    headers.delete('content-length')
    wire.sent = true
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers,
        signal,
        redirect: 'manual',
        ...(typeof request.body === 'string' ? { body: request.body } : {}),
      })
      wire.status = response.status
      wire.headers = response.headers
      wire.text = await response.text()
    } catch (cause) {
      if (NEVER_SENT.has(codeOf(cause))) wire.sent = false
      throw cause
    }
    return { statusCode: wire.status, headers: Object.fromEntries(wire.headers), body: wire.text }
  }
  return {
    httpRequest: (request: JsforceRequest) => Object.assign(send(request), { stream: () => new PassThrough() }),
  }
}

/** The system's code behind `TypeError: fetch failed`. */
export function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return ''
}

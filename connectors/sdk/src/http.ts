import type { Exchange } from './write.ts'

export interface Call {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/** What came back from one call, whatever came back. */
export interface Reply {
  readonly exchange: Exchange
  readonly header: (name: string) => string | null
  /** The vendor's JSON, unchanged; `undefined` if the body is empty or no JSON. */
  readonly body: unknown
  /** Set when there is no whole answer. `sent: false` means that the vendor cannot have seen the call. */
  readonly failure: { readonly sent: boolean; readonly cause: unknown } | null
}

/** Failures before a connection existed, so before a byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * One JSON call over `ConnectorIo.fetch`. Never throws for anything the network or the vendor does, never repeats itself,
 * follows no redirect and keeps headers, so credentials, out of the exchange. A signal that is aborted already sends nothing.
 */
export async function send(fetch: typeof globalThis.fetch, call: Call, signal: AbortSignal): Promise<Reply> {
  const { method, url, headers } = call
  const hasBody = call.body !== undefined
  const request = hasBody ? JSON.stringify(call.body) : ''
  const asked = { method, path: url.pathname + url.search, request }
  let status: number | null = null
  const failed = (sent: boolean, cause: unknown): Reply => ({
    exchange: { ...asked, status, answer: '' },
    header: () => null,
    body: undefined,
    failure: { sent, cause },
  })
  if (signal.aborted) return failed(false, signal.reason)
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...(hasBody && { 'content-type': 'application/json' }), ...headers },
      signal,
      // A redirect would carry the credentials to another place.
      redirect: 'manual',
      ...(hasBody && { body: request }),
    })
    status = response.status
    const answer = await response.text()
    return { exchange: { ...asked, status, answer }, header: (name) => response.headers.get(name), body: parse(answer), failure: null }
  } catch (cause) {
    return failed(!NEVER_SENT.has(codeOf(cause)), cause)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** The system's code behind `TypeError: fetch failed`. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code
  }
  return ''
}

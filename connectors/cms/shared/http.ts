import type { Exchange } from '@throughline/sdk'

export interface Call {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/** What came back from one call, whatever came back. */
export interface Answer {
  readonly exchange: Exchange
  readonly header: (name: string) => string | null
  /** The vendor's JSON, unchanged; `undefined` if the body is empty or no JSON. */
  readonly body: unknown
  /** Set when there is no whole answer. `sent: false` means that the vendor cannot have seen the call. */
  readonly failure: { readonly sent: boolean; readonly cause: unknown } | null
}

/** Failures before a connection existed, so before a byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** One call. Never throws for anything the network or the vendor does, and never repeats itself. */
export async function send(fetch: typeof globalThis.fetch, call: Call, signal: AbortSignal): Promise<Answer> {
  const request = call.body === undefined ? '' : JSON.stringify(call.body)
  const asked = { method: call.method, path: call.url.pathname + call.url.search, request }
  let status: number | null = null
  const failed = (sent: boolean, cause: unknown): Answer => ({
    exchange: { ...asked, status, answer: '' },
    header: () => null,
    body: undefined,
    failure: { sent, cause },
  })
  if (signal.aborted) return failed(false, signal.reason)
  try {
    const response = await fetch(call.url, {
      method: call.method,
      headers: { accept: 'application/json', ...call.headers, ...(call.body === undefined ? {} : { 'content-type': 'application/json' }) },
      signal,
      // A redirect would carry the credentials to another place.
      redirect: 'manual',
      ...(call.body === undefined ? {} : { body: request }),
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

import type { Exchange } from '@throughline/sdk'

/** What came back from one call, whatever came back. */
export interface Answer {
  readonly exchange: Exchange
  readonly header: (name: string) => string | null
  /** The vendor's JSON, unchanged; `undefined` if the body is empty, no JSON or not declared as such. */
  readonly body: unknown
  /** Set when there is no whole answer. `sent: false` means that the vendor cannot have seen the call. */
  readonly failure: { readonly sent: boolean; readonly cause: unknown } | null
}

/** What Octokit takes under `request`. */
export interface Wiring {
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
}

/** Failures before a connection existed, so before a byte was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * One call over `fetch`. `run` has Octokit build the request. Octokit is told an empty 204 whatever came back: it would throw
 * on 304, call a broken connection a 500, and turn large ids into bigints, which no JSON takes. Never throws for anything the
 * network does.
 */
export async function call(
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  run: (wiring: Wiring) => Promise<unknown>,
): Promise<Answer> {
  let answer: Answer | undefined
  const carry: typeof globalThis.fetch = async (input, init) => {
    answer = await send(fetch, signal, String(input), init)
    return new Response(null, { status: 204 })
  }
  await run({ fetch: carry, signal })
  if (!answer) throw new Error('Octokit returned without sending anything')
  return answer
}

async function send(fetch: typeof globalThis.fetch, signal: AbortSignal, to: string, init: RequestInit = {}): Promise<Answer> {
  const url = new URL(to)
  const { method = 'GET', headers, body } = init
  const asked = { method, path: url.pathname + url.search, request: typeof body === 'string' ? body : '' }
  let status: number | null = null
  try {
    if (signal.aborted) return failed(asked, null, false, signal.reason)
    const response = await fetch(url, {
      method,
      signal,
      ...(headers && { headers }),
      // A redirect would carry the token to another place.
      redirect: 'manual',
      ...(typeof body === 'string' && { body }),
    })
    status = response.status
    const text = await response.text()
    const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')
    return {
      exchange: { ...asked, status, answer: text },
      header: (name) => response.headers.get(name),
      body: isJson ? parse(text) : undefined,
      failure: null,
    }
  } catch (cause) {
    return failed(asked, status, !NEVER_SENT.has(codeOf(cause)), cause)
  }
}

function failed(asked: Pick<Exchange, 'method' | 'path' | 'request'>, status: number | null, sent: boolean, cause: unknown): Answer {
  return { exchange: { ...asked, status, answer: '' }, header: () => null, body: undefined, failure: { sent, cause } }
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

import type { Exchange } from '@throughline/sdk'

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

/** What the SDK's request builders produce; each API family has its own, structurally equal class. */
export interface SdkRequest {
  getUrl(): string
  getHttpMethod(): unknown
  getHeaders(): Record<string, string>
  getBody(): unknown
}

/**
 * One call over `fetch`, with a signal. `run` has the SDK build a request and hand it to `carry`. Never throws for
 * anything the network does.
 */
export async function call(
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
  run: (carry: (request: SdkRequest) => Promise<void>) => Promise<unknown>,
): Promise<Answer> {
  let answer: Answer | undefined
  await run(async (request) => {
    answer = await send(fetch, signal, request)
  })
  if (!answer) throw new Error('The HubSpot SDK returned without sending anything')
  return answer
}

async function send(fetch: typeof globalThis.fetch, signal: AbortSignal, request: SdkRequest): Promise<Answer> {
  const url = new URL(request.getUrl())
  const body = request.getBody()
  const asked = { method: String(request.getHttpMethod()), path: url.pathname + url.search, request: typeof body === 'string' ? body : '' }
  let status: number | null = null
  try {
    if (signal.aborted) return failed(asked, null, false, signal.reason)
    const response = await fetch(url, {
      method: asked.method,
      headers: request.getHeaders(),
      signal,
      // A redirect would carry the token to another place.
      redirect: 'manual',
      ...(body === undefined ? {} : { body: asked.request }),
    })
    status = response.status
    const text = await response.text()
    return {
      exchange: { ...asked, status, answer: text },
      header: (name) => response.headers.get(name),
      body: parse(text),
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

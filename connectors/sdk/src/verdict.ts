import { VendorError } from './errors.ts'
import type { Reply } from './http.ts'

/**
 * What one answer means.
 * - `ok`: a JSON object or list, or an empty 204.
 * - `limited`: refused for the rate only. `later`: refused before any effect, for now; never left us.
 * - `credentials`: a person must mend token, rights or address.
 * - `refused`: never as it stands. 404, 409, 410, 412 and the like are among them: only the connector knows which of them mean more.
 * - `uncertain`: no answer, or one that does not tell whether the call took effect.
 * - `garbage`: success by status, but not JSON: a log-in page, a proxy.
 *
 * `at`: not before this time, ms UTC by our clock.
 */
export type Verdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'limited' | 'later' | 'uncertain'; readonly at?: number; readonly why: string }
  | { readonly kind: 'credentials' | 'garbage' | 'refused'; readonly why: string }

/** A vendor's name, and what it says in ways of its own. */
export interface Voice {
  readonly name: string
  /** The vendor's words for an error body, without values: those may be personal. */
  explain?(body: unknown): string
  /** Asked first. A verdict for answers that the vendor means differently, such as a rate limit told by 403; else `null`. Its `at` is clamped as `retryAt` is. */
  judge?(reply: Reply, now: number): Verdict | null
}

const SECOND = 1_000
const HOUR = 3_600_000

/** `now`: `ConnectorIo.now()`. */
export function classify(voice: Voice, reply: Reply, now: number): Verdict {
  const { failure, exchange, body } = reply
  if (failure) {
    const why = failure.cause instanceof Error ? failure.cause.name : 'failure'
    return failure.sent ? { kind: 'uncertain', why: `no answer (${why})` } : { kind: 'later', why: `not reached (${why})` }
  }
  const own = voice.judge?.(reply, now)
  if (own) return 'at' in own ? { kind: own.kind, why: own.why, ...soon(own.at, now) } : own
  const status = exchange.status ?? 0
  if (status === 204 || (status >= 200 && status < 300 && typeof body === 'object' && body !== null)) return { kind: 'ok' }
  if (status >= 200 && status < 300) return { kind: 'garbage', why: `${status} without the vendor's JSON` }
  const why = `${status} ${voice.explain?.(body) ?? ''}`.trim()
  const at = soon(retryAt(reply, now), now)
  if (status === 429) return { kind: 'limited', ...at, why }
  if (status === 425) return { kind: 'later', ...at, why }
  if (status === 401 || status === 403 || (status >= 300 && status < 400)) return { kind: 'credentials', why }
  if (status >= 500 || status === 408) return { kind: 'uncertain', ...at, why }
  return { kind: 'refused', why }
}

const NEXT = {
  limited: 'limited',
  later: 'retry',
  uncertain: 'retry',
  credentials: 'unauthorised',
  garbage: 'unauthorised',
  refused: 'reject',
} as const

/** For readings: the error that says what to do next. Names method and path, never the query: that may be personal. */
export function errorOf(voice: Voice, verdict: Exclude<Verdict, { kind: 'ok' }>, { exchange, failure }: Reply): VendorError {
  const message = `${voice.name} ${exchange.method} ${exchange.path.split('?')[0]}: ${verdict.why}`
  return new VendorError(NEXT[verdict.kind], message, { at: 'at' in verdict ? verdict.at : undefined, cause: failure?.cause })
}

/**
 * When `Retry-After` (seconds, or a date by the vendor's clock) lets us come back, ms UTC by ours; `undefined` if it does not say.
 * Clamped to 1 s..1 h, so that a lying header can neither hammer nor freeze.
 */
export function retryAt(reply: Reply, now: number): number | undefined {
  const text = reply.header('retry-after')?.trim() ?? ''
  if (text === '') return undefined
  const seconds = Number(text)
  const wait = Number.isNaN(seconds) ? Date.parse(text) - vendorNow(reply, now) : seconds * SECOND
  return soon(now + wait, now).at
}

/** Between a second and an hour from now, if it is a time at all. */
function soon(at: number | undefined, now: number): { at?: number } {
  return at === undefined || Number.isNaN(at) ? {} : { at: Math.min(Math.max(at, now + SECOND), now + HOUR) }
}

/** The vendor's own clock when it answered, by the `Date` header, to the second; ours if it does not say. */
export function vendorNow(reply: Reply, now: number): number {
  const told = Date.parse(reply.header('date') ?? '')
  return Number.isNaN(told) ? now : told
}

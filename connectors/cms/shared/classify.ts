import { VendorError } from '@throughline/sdk'
import type { Answer } from './http.ts'
import type { Json } from './json.ts'

/**
 * What one answer means.
 * - `ok`: the vendor's JSON (or an empty 204).
 * - `limited`: refused for the rate only. `later`: refused before any effect, for now.
 * - `credentials`: a person must mend token, rights or address. `refused`: never as it stands.
 * - `uncertain`: no answer, or one that does not tell whether the call took effect.
 * - `garbage`: success by status, but not the vendor's JSON: a log-in page, a proxy.
 */
export type Verdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'limited' | 'later'; readonly at?: number; readonly why: string }
  | { readonly kind: 'credentials' | 'uncertain' | 'garbage'; readonly why: string }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }

/** A vendor's name, and its own words for an error body, without values: those may be personal. */
export interface Voice {
  readonly name: string
  explain(body: unknown): string
}

const SECOND = 1_000
const HOUR = 3_600_000

export function classify(voice: Voice, answer: Answer, now: number): Verdict {
  const { failure, exchange, body } = answer
  if (failure) {
    const why = failure.cause instanceof Error ? failure.cause.name : 'failure'
    return failure.sent ? { kind: 'uncertain', why: `no answer (${why})` } : { kind: 'later', why: `not reached (${why})` }
  }
  const status = exchange.status ?? 0
  if (status === 204 || (status >= 200 && status < 300 && typeof body === 'object' && body !== null)) return { kind: 'ok' }
  if (status >= 200 && status < 300) return { kind: 'garbage', why: `${status} without the vendor's JSON` }
  const explained = voice.explain(body)
  const why = explained === '' ? String(status) : `${status} ${explained}`
  const after = retryAfter(answer, now)
  if (status === 429) return { kind: 'limited', ...at(after), why }
  if (status === 503) return { kind: 'later', ...at(after), why }
  if (status === 401 || status === 403 || (status >= 300 && status < 400)) return { kind: 'credentials', why }
  if (status >= 500 || status === 408) return { kind: 'uncertain', why }
  return { kind: 'refused', status, why }
}

/** For reads: the JSON, or the error that says what to do next. */
export function demand(voice: Voice, answer: Answer, now: number): Json {
  const verdict = classify(voice, answer, now)
  if (verdict.kind === 'ok') return (answer.body ?? {}) as Json
  throw errorOf(voice, verdict, answer)
}

/** The same for an answer that has been classified already. */
export function errorOf(voice: Voice, verdict: Exclude<Verdict, { kind: 'ok' }>, answer: Answer): VendorError {
  const { method, path } = answer.exchange
  const next = NEXT[verdict.kind]
  const message = `${voice.name} ${method} ${path.split('?')[0]}: ${verdict.why}`
  return new VendorError(next, message, { at: 'at' in verdict ? verdict.at : undefined, cause: answer.failure?.cause })
}

const NEXT = {
  limited: 'limited',
  later: 'retry',
  uncertain: 'retry',
  credentials: 'unauthorised',
  garbage: 'unauthorised',
  refused: 'reject',
} as const

/** The vendor's own clock, to the second; ours if it does not say or says what no clock does. */
export function vendorNow(answer: Answer, now: number): number {
  const told = Date.parse(answer.header('date') ?? '')
  return Number.isNaN(told) ? now : told
}

/** `Retry-After` in seconds or as a date, clamped to 1 s..1 h so that a lying header can neither hammer nor freeze. */
function retryAfter(answer: Answer, now: number): number | undefined {
  const text = answer.header('retry-after')
  if (text === null || text.trim() === '') return undefined
  const seconds = Number(text)
  const wait = Number.isNaN(seconds) ? Date.parse(text) - vendorNow(answer, now) : seconds * SECOND
  return Number.isNaN(wait) ? undefined : now + Math.min(Math.max(wait, SECOND), HOUR)
}

function at(time: number | undefined): { at?: number } {
  return time === undefined ? {} : { at: time }
}

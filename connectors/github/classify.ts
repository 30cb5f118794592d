import { VendorError } from '@throughline/sdk'
import { asObject, describe } from './problem.ts'
import type { Answer } from './transport.ts'

/**
 * What one answer means.
 * - `ok`: took effect, with JSON. `unchanged`: a 304.
 * - `limited`: refused for the rate only. `later`: never left.
 * - `credentials`: a person must mend token or permissions. `refused`: never as it stands.
 * - `moved`, `missing`, `gone`: 301 and its kin, 404, 410, of an issue or of the whole repository: the caller has to find out.
 * - `uncertain`: no answer, or one that does not tell whether the call took effect.
 * - `garbage`: success by status, but not the vendor's JSON: a log-in page, a proxy.
 */
export type Verdict =
  | { readonly kind: 'ok' | 'unchanged' }
  | { readonly kind: 'limited'; readonly at: number; readonly why: string }
  | { readonly kind: 'later' | 'credentials' | 'moved' | 'missing' | 'gone' | 'uncertain' | 'garbage' | 'refused'; readonly why: string }

const SECOND = 1_000
const HOUR = 3_600_000
/** What the vendor asks for where it names no time. */
const UNTOLD_MS = 60 * SECOND

export function classify(answer: Answer, now: number): Verdict {
  const { failure, exchange, body } = answer
  if (failure) {
    const why = failure.cause instanceof Error ? failure.cause.name : 'failure'
    return failure.sent ? { kind: 'uncertain', why: `no answer (${why})` } : { kind: 'later', why: `not reached (${why})` }
  }
  const status = exchange.status ?? 0
  if (status === 304) return { kind: 'unchanged' }
  if (status >= 200 && status < 300) {
    if (typeof body === 'object' && body !== null) return { kind: 'ok' }
    return { kind: 'garbage', why: `${status} without the vendor's JSON` }
  }
  const why = describe(status, body)
  if (status === 429 || (status === 403 && isLimit(answer))) return { kind: 'limited', at: limitedUntil(answer, now), why }
  if (status === 401 || status === 403) return { kind: 'credentials', why: needing(answer, why) }
  if (status >= 300 && status < 400) return { kind: 'moved', why: `${status} moved` }
  if (status === 404) return { kind: 'missing', why }
  if (status === 410) return { kind: 'gone', why }
  if (status >= 500 || status < 200) return { kind: 'uncertain', why }
  return { kind: 'refused', why }
}

/** For reads: the JSON, or the error that says what to do next. Reads of the repository, so that not finding it is a matter of access. */
export function demand(answer: Answer, now: number): unknown {
  const verdict = classify(answer, now)
  const { method, path } = answer.exchange
  const fail = (next: VendorError['next'], why: string, at?: number) =>
    new VendorError(next, `GitHub ${method} ${path.split('?')[0]}: ${why}`, { at, cause: answer.failure?.cause })
  switch (verdict.kind) {
    case 'ok':
      return answer.body
    case 'unchanged':
      throw fail('retry', '304 to a question that was not conditional')
    case 'limited':
      throw fail('limited', verdict.why, verdict.at)
    case 'later':
    case 'uncertain':
      throw fail('retry', verdict.why)
    case 'credentials':
    case 'garbage':
      throw fail('unauthorised', verdict.why)
    case 'moved':
      throw fail('unauthorised', `the repository has moved (${verdict.why}): put its new name into the connection`)
    case 'missing':
    case 'gone':
      throw fail('unauthorised', `the repository's issues cannot be read with this token (${verdict.why})`)
    case 'refused':
      throw fail('reject', verdict.why)
  }
}

/** The vendor's own clock, to the second; ours if it does not say. */
export function vendorNow(answer: Answer, now: number): number {
  const told = Date.parse(answer.header('date') ?? '')
  return Number.isNaN(told) ? now : told
}

/** Primary and secondary limits both come as 403 too. */
function isLimit(answer: Answer): boolean {
  if (answer.header('retry-after') !== null || answer.header('x-ratelimit-remaining') === '0') return true
  const { message } = asObject(answer.body)
  return typeof message === 'string' && /rate limit|abuse detection/i.test(message)
}

/**
 * In the vendor's order: `retry-after`, then the reset of a used-up primary limit (epoch seconds of the vendor's clock), else
 * a minute. Clamped to 1 s..1 h, so that a lying header can neither hammer nor freeze.
 */
function limitedUntil(answer: Answer, now: number): number {
  const after = answer.header('retry-after')?.trim() ?? ''
  const reset = Number(answer.header('x-ratelimit-reset') ?? Number.NaN)
  const isUsedUp = answer.header('x-ratelimit-remaining') === '0' && !Number.isNaN(reset)
  const wait = /^\d+$/.test(after)
    ? Number(after) * SECOND
    : after !== ''
      ? Date.parse(after) - vendorNow(answer, now)
      : isUsedUp
        ? reset * SECOND - vendorNow(answer, now)
        : UNTOLD_MS
  return now + Math.min(Math.max(Number.isNaN(wait) ? UNTOLD_MS : wait, SECOND), HOUR)
}

/** The vendor says which permissions would do. */
function needing(answer: Answer, why: string): string {
  const accepted = answer.header('x-accepted-github-permissions')
  return accepted === null ? why : `${why}, needs ${accepted}`
}

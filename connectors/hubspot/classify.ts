import { VendorError } from '@throughline/sdk'
import { type Problem, problemOf, describe } from './problem.ts'
import type { Answer } from './transport.ts'

/**
 * What one answer means.
 * - `ok`: take effect and JSON (or an empty 204).
 * - `limited`: refused for the rate only. `later`: refused before any effect, for now.
 * - `credentials`: a person must mend token or scopes. `refused`: never as it stands.
 * - `uncertain`: no answer, or one that does not tell whether the call took effect.
 * - `garbage`: success by status, but not the vendor's JSON, or a redirect: a log-in page, a proxy.
 */
export type Verdict =
  | { readonly kind: 'ok' }
  | { readonly kind: 'limited' | 'later'; readonly at?: number; readonly why: string }
  | { readonly kind: 'credentials' | 'uncertain' | 'garbage'; readonly why: string }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly why: string }

/** Statuses with which an edge says that the origin never saw the call, or the vendor that it did not begin. */
const BEFORE_EFFECT = new Set([503, 521, 523])
const SECOND = 1_000
const HOUR = 3_600_000
/** A lock needs at least this long, says the vendor. */
const LOCK_MS = 2 * SECOND

export function classify(answer: Answer, now: number): Verdict {
  const { failure, exchange, body } = answer
  if (failure) {
    const why = failure.cause instanceof Error ? failure.cause.name : 'failure'
    return failure.sent ? { kind: 'uncertain', why: `no answer (${why})` } : { kind: 'later', why: `not reached (${why})` }
  }
  const status = exchange.status ?? 0
  if (status === 204 || (status >= 200 && status < 300 && typeof body === 'object' && body !== null)) return { kind: 'ok' }
  if (status >= 200 && status < 300) return { kind: 'garbage', why: `${status} without the vendor's JSON` }
  if (status >= 300 && status < 400) return { kind: 'garbage', why: `${status} to another place, which is not followed` }
  const problem = problemOf(body)
  const why = describe(status, problem)
  const after = retryAfter(answer, now)
  if (status === 429) return { kind: 'limited', ...at(after ?? (problem.policy === 'DAILY' ? nextHalfHour(now) : undefined)), why }
  if (status === 423) return { kind: 'later', at: Math.max(after ?? 0, now + LOCK_MS), why }
  if (status === 477 || BEFORE_EFFECT.has(status)) return { kind: 'later', ...at(after), why }
  if (status === 401 || status === 403) return { kind: 'credentials', why }
  if (status >= 500) return { kind: 'uncertain', why }
  return { kind: 'refused', problem, why }
}

/** For reads: the JSON, or the error that says what to do next. */
export function demand(answer: Answer, now: number): Readonly<Record<string, unknown>> {
  const verdict = classify(answer, now)
  const fail = (next: VendorError['next'], why: string, when?: number) =>
    new VendorError(next, `HubSpot ${answer.exchange.method} ${answer.exchange.path.split('?')[0]}: ${why}`, {
      at: when,
      cause: answer.failure?.cause,
    })
  switch (verdict.kind) {
    case 'ok':
      return (answer.body ?? {}) as Readonly<Record<string, unknown>>
    case 'limited':
      throw fail('limited', verdict.why, verdict.at)
    case 'later':
      throw fail('retry', verdict.why, verdict.at)
    case 'uncertain':
      throw fail('retry', verdict.why)
    case 'credentials':
    case 'garbage':
      throw fail('unauthorised', verdict.why)
    case 'refused':
      throw fail('reject', verdict.why)
  }
}

/** The vendor's own clock, to the second; ours if it does not say. */
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

/**
 * The daily limit is reset at midnight in the account's time zone, which an answer does not name. Every zone's midnight
 * that matters falls on a half hour, so the next half hour is the first moment that can help.
 */
function nextHalfHour(now: number): number {
  return (Math.floor(now / (HOUR / 2)) + 1) * (HOUR / 2)
}

function at(time: number | undefined): { at?: number } {
  return time === undefined ? {} : { at: time }
}

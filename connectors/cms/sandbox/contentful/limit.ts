import type { Reply } from '../answer.ts'
import { errorBody } from './errors.ts'

export interface Limits {
  /** Calls let through each second; `null` for no end. */
  perSecond: number | null
}

/** Counts calls by the second and says so in headers, as Contentful does; a call too many is refused. */
export function createLimiter() {
  const limits: Limits = { perSecond: null }
  let second = 0
  let used = 0
  return {
    limits,
    /** The headers of an answer, and the refusal if there is one. */
    take(now: number): { readonly headers: Record<string, string>; readonly refusal: Reply | null } {
      const current = Math.floor(now / 1_000)
      if (current !== second) [second, used] = [current, 0]
      used += 1
      const most = limits.perSecond ?? 10
      const isOver = limits.perSecond !== null && used > most
      const headers = {
        'x-contentful-ratelimit-hour-limit': '36000',
        'x-contentful-ratelimit-hour-remaining': '35999',
        'x-contentful-ratelimit-reset': isOver ? '1' : '0',
        'x-contentful-ratelimit-second-limit': String(most),
        'x-contentful-ratelimit-second-remaining': String(Math.max(0, most - used)),
      }
      return { headers, refusal: isOver ? { status: 429, body: errorBody(429).body, headers } : null }
    },
  }
}

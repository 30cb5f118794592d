/** When to try again. Pure: the attempt counts in the delivery's row, the draw comes from the ids port. */
export interface RetryPolicy {
  readonly baseMs: number
  readonly capMs: number
  /** After so many refused attempts a delivery is dead. */
  readonly attempts: number
}

export const RETRY = { baseMs: 500, capMs: 600_000, attempts: 24 } as const satisfies RetryPolicy

/** Bounds put on a vendor's own `Retry-After`. */
const VENDOR_WAIT = { minMs: 1_000, maxMs: 3_600_000 } as const

/** Exponential back-off with full jitter: anywhere from at once to `base · 2^(attempt-1)`, capped. `attempt` counts from 1. */
export function backoff(attempt: number, random: number, policy: RetryPolicy = RETRY): number {
  return Math.floor(random * Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30)))
}

/** The vendor's time where it gave one (within bounds), else the back-off. */
export function retryAt(now: number, attempt: number, random: number, vendorAt: number | undefined, policy: RetryPolicy = RETRY): number {
  if (vendorAt === undefined) return now + backoff(attempt, random, policy)
  return now + Math.min(Math.max(vendorAt - now, VENDOR_WAIT.minMs), VENDOR_WAIT.maxMs)
}

import type { Limits } from '@throughline/sdk'

/** Token bucket of one connection: pure, over a row that all nodes share. */
export interface Bucket {
  readonly tokens: number
  readonly at: number
  /** No call before this time: a vendor said so. */
  readonly blockedUntil: number
}

export function fullBucket(limits: Limits, now: number): Bucket {
  return { tokens: limits.calls, at: now, blockedUntil: 0 }
}

/** Takes up to `wanted` tokens, at least one; or says when one will be there. */
export function take(
  bucket: Bucket,
  limits: Limits,
  wanted: number,
  now: number,
): { readonly next: Bucket; readonly granted: number } | { readonly at: number } {
  if (now < bucket.blockedUntil) return { at: bucket.blockedUntil }
  // A clock that went backwards refills nothing.
  const tokens = Math.min(limits.calls, bucket.tokens + (Math.max(0, now - bucket.at) * limits.calls) / limits.per)
  if (tokens < 1) return { at: now + Math.ceil(((1 - tokens) * limits.per) / limits.calls) }
  const granted = Math.min(wanted, Math.floor(tokens))
  return { next: { ...bucket, tokens: tokens - granted, at: now }, granted }
}

const NO_TIME = { minMs: 1_000, maxMs: 60_000 } as const

/** After a rate answer: empty, and closed until the vendor's time (a tenth of the window where it gave none, a minute at most). */
export function block(bucket: Bucket, limits: Limits, now: number, until: number | undefined): Bucket {
  return {
    tokens: 0,
    at: now,
    blockedUntil: Math.max(
      bucket.blockedUntil,
      until ?? now + Math.min(NO_TIME.maxMs, Math.max(NO_TIME.minMs, Math.ceil(limits.per / 10))),
    ),
  }
}

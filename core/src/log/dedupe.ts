import { createHash } from 'node:crypto'

/** Seconds since 1970 as eight hex digits sort like the times themselves until 2106. */
const UNTIMED = '00000000'

/**
 * Deduplication key of an inbound item: 128 bits of a hash of (source, id) behind the vendor's own time, which a repeat
 * repeats. The time only orders the keys: new ones all land at the end of the index, so that millions of old ones cost
 * the insert nothing. Without a readable time the hash alone decides.
 */
export function dedupeKey(source: string, id: string, time: string | null): string {
  const hash = createHash('sha256').update(source).update('\n').update(id).digest('base64url').slice(0, 22)
  return prefix(time) + hash
}

function prefix(time: string | null): string {
  if (time === null) return UNTIMED
  const ms = /^\d{1,15}$/.test(time) ? Number(time) : /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(time) ? Date.parse(time) : Number.NaN
  const seconds = Math.floor(ms / 1_000)
  return seconds >= 0 && seconds <= 0xffffffff ? seconds.toString(16).padStart(8, '0') : UNTIMED
}

/** Fingerprint of a vendor's object, to tell an unchanged one from a changed one. */
export function rawHash(body: string): string {
  return createHash('sha1').update(body).digest('base64url')
}

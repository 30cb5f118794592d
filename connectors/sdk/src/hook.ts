import { createHash, timingSafeEqual } from 'node:crypto'
import { Refused } from './errors.ts'

/** Throws `Refused` unless the two are equal, in a time that does not depend on where they differ. Also for static tokens. */
export function checkSignature(given: string | undefined, expected: string): void {
  if (given === undefined || given === '') throw new Refused('unsigned', 'The webhook has no signature')
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  if (!timingSafeEqual(digest(given), digest(expected))) throw new Refused('unsigned', 'The signature does not fit')
}

/** Throws `Refused` unless `time` is at most `windowMs` away from `now`, all in ms; what is no number is stale as well. */
export function checkTime(time: number, now: number, windowMs: number): void {
  if (!(Math.abs(now - time) <= windowMs)) throw new Refused('stale', 'The signature is outside the replay window')
}

/** The body's JSON, an object or a list; throws `Refused` for anything else. Call it only after the signature was checked over the raw bytes. */
export function readBody(body: Uint8Array): object {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
  } catch (cause) {
    throw new Refused('malformed', 'The body is not JSON in UTF-8', { cause })
  }
  if (typeof json !== 'object' || json === null) throw new Refused('malformed', 'The body is no object')
  return json
}

/** A short name for a content, for vendors that number neither events nor deliveries. */
export function fingerprint(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22)
}

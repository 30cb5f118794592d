import { createHash, timingSafeEqual } from 'node:crypto'
import { Refused } from '@throughline/sdk'

/** Equal, in a time that does not depend on where they differ. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** Throws `Refused` unless the header carries the secret. */
export function checkToken(given: string | undefined, expected: string, header: string): void {
  if (given === undefined || given === '') throw new Refused('unsigned', `No ${header} header`)
  if (!sameSecret(given, expected)) throw new Refused('unsigned', `Wrong ${header} header`)
}

/** Throws `Refused` unless the time is within the window; anything that is no number is stale as well. */
export function checkTime(time: number, now: number, windowMs: number): void {
  if (!(Math.abs(now - time) <= windowMs)) throw new Refused('stale', 'The signature is outside the replay window')
}

/** The body's text and its JSON, an object or an array; throws `Refused` for anything else. */
export function readBody(body: Uint8Array): { readonly text: string; readonly json: object } {
  let text: string
  let json: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    json = JSON.parse(text)
  } catch (cause) {
    throw new Refused('malformed', 'The body is not JSON in UTF-8', { cause })
  }
  if (typeof json !== 'object' || json === null) throw new Refused('malformed', 'The body is no object')
  return { text, json }
}

/** A short name for one content. */
export function fingerprint(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}

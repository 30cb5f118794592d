import { createHmac, timingSafeEqual } from 'node:crypto'
import { type RawRequest, Refused } from '@throughline/sdk'

/** How old or how far ahead a signed time may be. The vendor asks for the past only; the future is as forged. */
export const WINDOW_MS = 300_000

/** The escapes that the vendor undoes before signing; every other one stays. */
const DECODED: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
}

/** Base64 of HMAC-SHA256 over method, URI, raw body and timestamp, without separators (HubSpot signature v3). */
export function sign(secret: string, method: string, uri: string, body: Uint8Array, timestamp: string): string {
  const decoded = uri.replaceAll(/%[0-9A-Fa-f]{2}/g, (escape) => DECODED[escape.toUpperCase()] ?? escape)
  return createHmac('sha256', secret)
    .update(method + decoded)
    .update(body)
    .update(timestamp)
    .digest('base64')
}

/** Throws `Refused` unless the request was signed with this secret, recently. `uri` is the URL as the vendor was given it. */
export function verify(secret: string, uri: string, request: RawRequest): void {
  const given = request.headers['x-hubspot-signature-v3']
  const timestamp = request.headers['x-hubspot-request-timestamp']
  if (given === undefined || timestamp === undefined) throw new Refused('unsigned', 'No HubSpot v3 signature')
  const expected = Buffer.from(sign(secret, request.method, uri, request.body, timestamp))
  const actual = Buffer.from(given)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) throw new Refused('unsigned', 'Wrong HubSpot signature')
  const age = request.receivedAt - Number(timestamp)
  // Written so that a timestamp that is no number is stale as well.
  if (!(Math.abs(age) <= WINDOW_MS)) throw new Refused('stale', 'The signature is outside the replay window')
}

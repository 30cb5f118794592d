import { createHmac, timingSafeEqual } from 'node:crypto'
import { type RawRequest, Refused } from '@throughline/sdk'

/** Throws `Refused` unless the raw body was signed with this secret. GitHub signs no time: a replay is caught by its delivery id. */
export function verify(secret: string, request: RawRequest): void {
  const given = request.headers['x-hub-signature-256']
  if (given === undefined) throw new Refused('unsigned', 'No GitHub signature')
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(request.body).digest('hex')}`)
  const actual = Buffer.from(given)
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) throw new Refused('unsigned', 'Wrong GitHub signature')
}

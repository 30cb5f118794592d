import { createHmac, timingSafeEqual } from 'node:crypto'
import { Refused, type RawRequest, type RawSignal } from '@throughline/sdk'
import type { Has } from './defects.ts'

export const toleranceMs = 300_000

interface Item {
  readonly event: string
  readonly id: string
  readonly type: 'created' | 'changed' | 'deleted'
  readonly attempt: number
}

export function signature(secret: string, at: number, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex')
}

/** Verifies over the raw bytes, then splits. */
export function accept(request: RawRequest, secret: string, now: number, has: Has): RawSignal[] {
  const at = Number(request.headers['x-reference-time'])
  const given = Buffer.from(request.headers['x-reference-signature'] ?? '')
  const signed = has('signs what it parsed') ? reserialised(request.body) : request.body
  const expected = Buffer.from(signature(secret, at, signed))
  const wanted = has('compares as much as it gets') ? expected.subarray(0, given.length) : expected
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw new Refused('unsigned', 'the signature does not fit')
  if (Math.abs(now - at) > toleranceMs && !has('has no replay window')) throw new Refused('stale', 'outside the replay window')
  return parse(Buffer.from(request.body).toString('utf8'), has).map((item, place) => {
    const id = has('numbers signals by place') ? String(place) : item.event
    return {
      id: has('numbers signals by attempt') ? `${id}-${item.attempt}` : id,
      ...understood(item, place, has),
      time: null,
      body: JSON.stringify(item),
    }
  })
}

function understood(item: Item, place: number, has: Has): Pick<RawSignal, 'subject' | 'type' | 'why'> {
  if (typeof item.id === 'string') return { subject: { stream: 'people', externalId: item.id }, type: item.type }
  if (has('lets one item spoil all')) throw new Refused('malformed', `item ${place} has no id`)
  return { subject: null, type: 'unreadable', why: `item ${place} has no id` }
}

function parse(text: string, has: Has): Item[] {
  let items: unknown
  try {
    items = JSON.parse(text)
  } catch (cause) {
    if (has('throws what JSON throws')) throw cause
    throw new Refused('malformed', 'the body is not JSON', { cause })
  }
  if (!Array.isArray(items)) throw new Refused('malformed', 'the body is not a list')
  return items as Item[]
}

function reserialised(body: Uint8Array): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(Buffer.from(body).toString('utf8'))))
  } catch {
    return body
  }
}

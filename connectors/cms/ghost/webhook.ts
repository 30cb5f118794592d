import { createHmac } from 'node:crypto'
import { type RawRequest, type RawSignal, Refused } from '@throughline/sdk'
import { checkTime, fingerprint, readBody, sameSecret } from '../shared/hook.ts'
import { asObject, asText, type Json } from '../shared/json.ts'
import type { GhostConfig } from './config.ts'

/** How far the signed time may be off; Ghost names no bound. */
export const WINDOW_MS = 300_000

/** `sha256=<hex HMAC>, t=<ms>`: the time is appended to the body as text, with nothing between. */
export function sign(secret: string, body: Uint8Array, time: string): string {
  return createHmac('sha256', secret).update(body).update(time).digest('hex')
}

/**
 * One event about one post; what it carries is not kept but read anew. Whoever answers for the hub must never answer 410:
 * Ghost would delete the webhook.
 */
export function accept(
  config: GhostConfig,
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  verify(config.webhookSecret, request)
  const { text, json } = readBody(request.body)
  if (Array.isArray(json)) throw new Refused('malformed', 'Ghost sends one event, not a list')
  const body = asObject(json)
  const event = asText(body.event)
  if (!('post' in body)) {
    if (event === null && !('page' in body)) throw new Refused('malformed', 'The body is about nothing that Ghost knows')
    log('Webhook of something without a stream', { event: event ?? 'page' })
    return []
  }
  const post = asObject(body.post)
  const current = asObject(post.current)
  const previous = asObject(post.previous)
  const id = asText(current.id) ?? asText(previous.id)
  const time = asText(current.updated_at) ?? asText(previous.updated_at)
  if (id === null) {
    return [{ id: fingerprint(text), subject: null, type: 'unreadable', time, body: text, why: 'The event names no post' }]
  }
  // Times are whole seconds, so the content tells two edits of one second apart.
  const key = [event ?? '', id, time ?? '', fingerprint(text)].join('|')
  return [{ id: key, subject: { stream: 'articles', externalId: id }, type: typeOf(event, current, previous), time, body: text }]
}

/** Older versions name no event in the body: an added post has no past, a deleted one no present. */
function typeOf(event: string | null, current: Json, previous: Json): RawSignal['type'] {
  if (event === 'post.deleted' || asText(current.id) === null) return 'deleted'
  if (event === 'post.added' || (event === null && Object.keys(previous).length === 0)) return 'created'
  return 'changed'
}

function verify(secret: string, request: RawRequest): void {
  const header = request.headers['x-ghost-signature']
  if (header === undefined) throw new Refused('unsigned', 'No Ghost signature')
  const [, given = '', time = ''] = /^sha256=([0-9a-f]{64}), t=(\d{1,15})$/.exec(header) ?? []
  if (given === '') throw new Refused('unsigned', 'Not a Ghost signature')
  if (!sameSecret(given, sign(secret, request.body, time))) throw new Refused('unsigned', 'Wrong Ghost signature')
  checkTime(Number(time), request.receivedAt, WINDOW_MS)
}

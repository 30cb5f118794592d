import { createHmac } from 'node:crypto'
import { type RawRequest, type RawSignal, Refused } from '@throughline/sdk'
import { checkTime, fingerprint, readBody, sameSecret } from '../shared/hook.ts'
import { asObject, asText } from '../shared/json.ts'
import type { SanityConfig } from './config.ts'
import { isPublishedId } from './ids.ts'

/** How far the signed time may be off. Sanity's own toolkit does not look at it. */
export const WINDOW_MS = 300_000

const KINDS: ReadonlyMap<string, RawSignal['type']> = new Map([
  ['create', 'created'],
  ['update', 'changed'],
  ['delete', 'deleted'],
])

/** `t=<ms>,v1=<base64url HMAC of t.body>`. */
export function sign(secret: string, body: Uint8Array, time: string): string {
  return createHmac('sha256', secret).update(`${time}.`).update(body).digest('base64url')
}

/**
 * One event about one document. The body is whatever the webhook's projection says and must name `_id` and `_type`; the
 * headers are not signed, so they tell repeats apart and fill in the operation, and never say which document is meant.
 */
export function accept(
  config: SanityConfig,
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  verify(config.webhookSecret, request)
  const { text, json } = readBody(request.body)
  if (Array.isArray(json)) throw new Refused('malformed', 'Sanity sends one event, not a list')
  const body = asObject(json)
  const { headers } = request
  const document = asText(body._id)
  const operation = asText(body.operation) ?? headers['sanity-operation'] ?? ''
  const time = asText(body._updatedAt) ?? headers['sanity-transaction-time'] ?? null
  const id = headers['idempotency-key'] || fingerprint(`${headers['sanity-transaction-id'] ?? ''} ${operation} ${text}`)
  const unreadable = (why: string): RawSignal[] => [{ id, subject: null, type: 'unreadable', time, body: text, why }]

  const dataset = headers['sanity-dataset'] ?? config.dataset ?? 'production'
  const isOther = typeof body._type === 'string' && body._type !== (config.type ?? 'article')
  if (isOther || dataset !== (config.dataset ?? 'production') || (document !== null && !isPublishedId(document))) {
    log('Webhook of something without a stream', { operation })
    return []
  }
  if (document === null) return unreadable("The event names no document: the webhook's projection must have _id and _type")
  const type = KINDS.get(operation)
  if (type === undefined) return unreadable('Sanity sent an event of an unknown kind')
  return [{ id, subject: { stream: 'articles', externalId: document }, type, time, body: text }]
}

function verify(secret: string, request: RawRequest): void {
  const header = request.headers['sanity-webhook-signature']
  if (header === undefined) throw new Refused('unsigned', 'No Sanity signature')
  const [, time = '', given = ''] = /^t=(\d{1,15}),v1=([A-Za-z0-9_-]{43})$/.exec(header) ?? []
  if (given === '') throw new Refused('unsigned', 'Not a Sanity signature')
  if (!sameSecret(given, sign(secret, request.body, time))) throw new Refused('unsigned', 'Wrong Sanity signature')
  checkTime(Number(time), request.receivedAt, WINDOW_MS)
}

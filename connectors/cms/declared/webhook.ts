import { createHmac } from 'node:crypto'
import { type RawRequest, type RawSignal, Refused } from '@throughline/sdk'
import { checkTime, checkToken, fingerprint, readBody, sameSecret } from '../shared/hook.ts'
import { asText } from '../shared/json.ts'
import type { Description, Signature, Source, WebhookDescription } from './description.ts'
import { valueAt } from './pointer.ts'
import { idOf } from './stream.ts'

const WINDOW_MS = 300_000

/** Verifies as described, then splits. Signals only say which object to read. */
export function accept(
  description: Description,
  webhook: WebhookDescription,
  secret: string,
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  verify(webhook.signature, secret, request)
  const { text, json } = readBody(request.body)
  const items = webhook.items === undefined ? json : valueAt(json, webhook.items)
  if (webhook.items === undefined && Array.isArray(json)) throw new Refused('malformed', 'The body is a list of events, not one')
  if (webhook.items !== undefined && !Array.isArray(items)) throw new Refused('malformed', 'The body holds no list of events')
  if (Array.isArray(items))
    return items.flatMap((item: unknown) => signalsOf(description, webhook, item, JSON.stringify(item), request, log))
  return signalsOf(description, webhook, json, text, request, log)
}

function signalsOf(
  { title, streams }: Description,
  webhook: WebhookDescription,
  item: unknown,
  body: string,
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  const event = sourceOf(webhook.event, item, request)
  const time = webhook.time === undefined ? null : asText(valueAt(item, webhook.time))
  // Where nothing is sent twice, equal deliveries are different events: the same change, made again later.
  const key = [event ?? '', fingerprint(body), ...(webhook.redelivers ? [] : [request.receivedAt])].join('|')
  const unreadable = (why: string): RawSignal[] => [{ id: key, subject: null, type: 'unreadable', time, body, why }]
  if (event === null) return unreadable(`${title} sent an item without an event`)
  const collection = sourceOf(webhook.collection, item, request)
  const stream = Object.keys(streams).find((name) => streams[name]?.collection === collection)
  if (collection !== null && stream === undefined) {
    log('Webhook of something without a stream', { event })
    return []
  }
  const type = Object.hasOwn(webhook.events, event) ? webhook.events[event] : undefined
  if (type === undefined) return unreadable(`${title} sent an event of an unknown kind`)
  const ids = idsOf(webhook.ids, item)
  if (stream === undefined || ids.length === 0) return unreadable(`${title} sent an item that names no object`)
  return ids.map((id) => ({ id: `${key}|${id}`, subject: { stream, externalId: id }, type, time, body }))
}

/** The first place that holds an id or a list of nothing but ids: create, update and delete may each use another. */
function idsOf(places: readonly string[], item: unknown): readonly string[] {
  for (const place of places) {
    const value = valueAt(item, place)
    const ids = (Array.isArray(value) ? value : [value]).map(idOf)
    if (ids.length > 0 && ids.every((id) => id !== null)) return [...new Set(ids)]
  }
  return []
}

function sourceOf(source: Source, item: unknown, request: RawRequest): string | null {
  return asText('header' in source ? request.headers[source.header] : valueAt(item, source.body))
}

function verify(signature: Signature, secret: string, request: RawRequest): void {
  switch (signature.scheme) {
    case 'none':
      return
    case 'token':
      return checkToken(request.headers[signature.header], secret, signature.header)
    case 'hmac-sha256': {
      const { header, encoding, prefix = '', signed, timestamp } = signature
      const given = request.headers[header]
      const time = timestamp === undefined ? '' : request.headers[timestamp.header]
      if (given === undefined || time === undefined || !given.startsWith(prefix)) throw new Refused('unsigned', 'No signature')
      const [before = '', after = ''] = signed.split('{body}').map((part) => part.replace('{timestamp}', time))
      const expected = createHmac('sha256', secret).update(before).update(request.body).update(after).digest(encoding)
      if (!sameSecret(given.slice(prefix.length), expected)) throw new Refused('unsigned', 'Wrong signature')
      if (timestamp)
        checkTime(/^\d{1,15}$/.test(time) ? Number(time) * (timestamp.unit === 's' ? 1_000 : 1) : Number.NaN, request.receivedAt, WINDOW_MS)
    }
  }
}

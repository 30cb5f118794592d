import { type RawRequest, type RawSignal, Refused } from '@throughline/sdk'
import { checkToken, fingerprint, readBody } from '../shared/hook.ts'
import { asObject, asText } from '../shared/json.ts'
import type { StrapiConfig } from './config.ts'

const KINDS: Readonly<Record<string, RawSignal['type']>> = {
  'entry.create': 'created',
  'entry.update': 'changed',
  'entry.publish': 'changed',
  'entry.unpublish': 'changed',
  'entry.draft-discard': 'changed',
  'entry.delete': 'deleted',
}

/** Events whose time in the entry moves with each of them; the others are told apart by when they were sent. */
const TIMED = new Set(['entry.create', 'entry.update'])

/**
 * One event. The header proves who sent it, not what: a signal only says which document to read, and never carries it. A
 * write gives several events (the draft comes first), with one `documentId` and different `id`s.
 */
export function accept(
  config: StrapiConfig,
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  const header = config.webhookHeader ?? 'x-hub-token'
  checkToken(request.headers[header], config.webhookToken, header)
  const { text, json } = readBody(request.body)
  if (Array.isArray(json)) throw new Refused('malformed', 'Strapi sends one event, not a list')
  const body = asObject(json)
  const event = asText(body.event)
  if (event === null) throw new Refused('malformed', 'The body names no event')
  const entry = asObject(body.entry)
  const time = asText(entry.updatedAt) ?? asText(body.createdAt)
  const unreadable = (why: string): RawSignal[] => [{ id: fingerprint(text), subject: null, type: 'unreadable', time, body: text, why }]

  if (!event.startsWith('entry.') || !isOurs(config, body)) {
    // Strapi calls one webhook for every content type, for media and for releases.
    log('Webhook of something without a stream', { event })
    return []
  }
  const type = KINDS[event]
  if (type === undefined) return unreadable('Strapi sent an event of an unknown kind')
  const id = asText(entry.documentId)
  if (id === null) return unreadable('The entry has no documentId')
  const parts = [
    body.uid ?? body.model,
    id,
    event,
    entry.updatedAt,
    entry.publishedAt,
    entry.locale,
    TIMED.has(event) ? null : body.createdAt,
  ]
  const key = parts.map((part) => (typeof part === 'string' ? part : '')).join('|')
  return [{ id: key, subject: { stream: 'articles', externalId: id }, type, time, body: text }]
}

/** Some versions leave the uid out and name the model only. */
function isOurs(config: StrapiConfig, body: Readonly<Record<string, unknown>>): boolean {
  const uid = config.uid ?? 'api::article.article'
  return typeof body.uid === 'string' ? body.uid === uid : body.model === uid.split('.').at(-1)
}

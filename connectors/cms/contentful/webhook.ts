import { createHmac } from 'node:crypto'
import { type RawRequest, type RawSignal, Refused } from '@throughline/sdk'
import { checkTime, fingerprint, readBody, sameSecret } from '../shared/hook.ts'
import { asObject, asText } from '../shared/json.ts'
import type { ContentfulConfig } from './config.ts'
import { linkId } from './record.ts'

/**
 * How far the signed time may be off. Contentful's toolkit allows half a minute by default; its retries come half a minute
 * apart, and clocks differ. A repeat within the window changes nothing: its key is known, and a signal only asks for a look.
 */
export const WINDOW_MS = 300_000

const TIMESTAMP = 'x-contentful-timestamp'
const SIGNED = 'x-contentful-signed-headers'
const TOPIC = 'x-contentful-topic'

const KINDS: Readonly<Record<string, RawSignal['type']>> = {
  create: 'created',
  save: 'changed',
  publish: 'changed',
  unpublish: 'changed',
  archive: 'changed',
  unarchive: 'changed',
  delete: 'deleted',
}

/** HMAC over method, path, the signed headers and the body, a line each; the two headers about signing are always among them. */
export function sign(secret: string, request: Pick<RawRequest, 'method' | 'url' | 'headers' | 'body'>): string {
  const names = new Set([...signedNames(request.headers), SIGNED, TIMESTAMP])
  const headers = [...names]
    .toSorted()
    .filter((name) => request.headers[name] !== undefined)
    .map((name) => `${name}:${request.headers[name]?.trim()}`)
  const { pathname, search } = new URL(request.url)
  const path = encodeURI(search === '' ? pathname : `${pathname}?${encodeURIComponent(search.slice(1))}`)
  const head = [request.method, path, headers.join(';'), ''].join('\n')
  return createHmac('sha256', secret).update(head).update(request.body).digest('hex')
}

/** One event about one entry; what it carries is not kept but read anew. */
export function accept(
  config: ContentfulConfig,
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  verify(config.webhookSecret, request)
  const { text, json } = readBody(request.body)
  if (Array.isArray(json)) throw new Refused('malformed', 'Contentful sends one event, not a list')
  const sys = asObject(asObject(json).sys)
  const kind = asText(sys.type)
  if (kind === null) throw new Refused('malformed', 'The body is about nothing that Contentful knows')
  // A topic that is not signed could be anybody's: then the look that follows says what happened.
  const topic = signedNames(request.headers).includes(TOPIC) ? (request.headers[TOPIC] ?? '') : ''
  const action = topic.split('.')[2] ?? ''
  const key = request.headers['x-contentful-idempotency-key']
  const id = key === undefined || key === '' ? fingerprint(`${topic} ${text}`) : key
  const time = asText(sys.deletedAt) ?? asText(sys.updatedAt)
  const entry = asText(sys.id)

  if (!isOurs(config, sys) || action === 'auto_save') {
    // Half-written words come with the poll at the latest; other things have no stream.
    log('Webhook of something without a stream', { kind, topic })
    return []
  }
  const unreadable = (why: string): RawSignal[] => [{ id, subject: null, type: 'unreadable', time, body: text, why }]
  if (entry === null) return unreadable('The event names no entry')
  const type = action === '' ? 'changed' : KINDS[action]
  if (type === undefined) return unreadable('Contentful sent an event of an unknown kind')
  return [{ id, subject: { stream: 'articles', externalId: entry }, type, time, body: text }]
}

/** What is deleted does not always say which content type it was of; if it was another, nobody knows its id. */
function isOurs(config: ContentfulConfig, sys: Readonly<Record<string, unknown>>): boolean {
  if (sys.type !== 'Entry' && sys.type !== 'DeletedEntry') return false
  const type = linkId(sys.contentType)
  const environment = linkId(sys.environment)
  const isType = type === null || type === (config.contentType ?? 'article')
  return isType && (environment === null || environment === (config.environment ?? 'master'))
}

function verify(secret: string, request: RawRequest): void {
  const given = request.headers['x-contentful-signature']
  const time = request.headers[TIMESTAMP] ?? ''
  if (given === undefined) throw new Refused('unsigned', 'No Contentful signature')
  if (!/^[0-9a-f]{64}$/.test(given) || !/^\d{1,15}$/.test(time)) throw new Refused('unsigned', 'Not a Contentful signature')
  if (!sameSecret(given, sign(secret, request))) throw new Refused('unsigned', 'Wrong Contentful signature')
  checkTime(Number(time), request.receivedAt, WINDOW_MS)
}

function signedNames(headers: RawRequest['headers']): string[] {
  return (headers[SIGNED] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

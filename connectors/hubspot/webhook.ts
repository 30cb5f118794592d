import { type RawRequest, type RawSignal, Refused } from '@throughline/sdk'
import type { HubspotConfig } from './config.ts'
import { asArray, asObject } from './problem.ts'
import { verify } from './signature.ts'
import { elementsOf } from './split.ts'
import type { HubspotStream } from './stream.ts'

const KINDS: Readonly<Record<string, RawSignal['type']>> = {
  creation: 'created',
  propertyChange: 'changed',
  associationChange: 'changed',
  deletion: 'deleted',
  privacyDeletion: 'deleted',
  merge: 'merged',
  restore: 'restored',
}

/** Verifies over the raw bytes, then splits the array; one item that cannot be understood does not hurt the others. */
export function accept(
  config: HubspotConfig,
  streams: readonly HubspotStream[],
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  verify(config.clientSecret, signedUri(config, request), request)
  const text = textOf(request.body)
  const items = parseArray(text)
  const sources = elementsOf(text)
  return items.flatMap((item, index) => signalsOf(config, streams, item, sources[index] ?? JSON.stringify(item), index, log))
}

/** The vendor signs the URL it was given, so a configured base takes the place of the one this side sees. */
function signedUri(config: HubspotConfig, request: RawRequest): string {
  if (config.publicUrl === undefined) return request.url
  const { pathname, search } = new URL(request.url)
  return config.publicUrl.replace(/\/+$/, '') + pathname + search
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch (cause) {
    throw new Refused('malformed', 'The body is not UTF-8', { cause })
  }
}

function parseArray(text: string): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Refused('malformed', 'The body is not JSON', { cause })
  }
  if (!Array.isArray(value)) throw new Refused('malformed', 'The body is not an array of events')
  return value
}

function signalsOf(
  config: HubspotConfig,
  streams: readonly HubspotStream[],
  item: unknown,
  body: string,
  index: number,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  const event = asObject(item)
  const name = event.subscriptionType ?? event.eventType
  const time = typeof event.occurredAt === 'number' ? String(event.occurredAt) : null
  const id = [
    event.portalId,
    event.subscriptionId,
    name,
    event.objectId ?? event.fromObjectId,
    event.eventId,
    event.occurredAt,
    told(event),
  ]
    .map((part) => (part === undefined ? '?' : String(part)))
    .join(':')
  const unreadable = (why: string): RawSignal[] => [
    { id: `${id}:${index}:${hash(body)}`, subject: null, type: 'unreadable', time, body, why },
  ]
  if (typeof name !== 'string') return unreadable('no subscriptionType')
  const dot = name.indexOf('.')
  const type = KINDS[name.slice(dot + 1)]
  const stream = streams.find((one) =>
    name.startsWith('object.') ? one.objectTypeId === event.objectTypeId : one.event === name.slice(0, dot),
  )
  if (dot < 0 || type === undefined) return unreadable('unknown subscriptionType')
  if (!stream) {
    // Subscribed to by somebody, but nothing here is bound to it; a refusal would make the vendor send it ten times more.
    log('Webhook of an object type without a stream', { type: name })
    return []
  }
  const externalId = idOf(event.objectId ?? event.fromObjectId)
  if (externalId === null) return unreadable('no objectId')
  if (isOwn(config, event)) return []
  const subject = (of: string) => ({ stream: stream.objectType, externalId: of })
  if (type !== 'merged') return [{ id, subject: subject(externalId), type, time, body }]
  const winner = idOf(event.newObjectId) ?? idOf(event.primaryObjectId) ?? externalId
  const losers = [...asArray(event.mergedObjectIds), event.primaryObjectId].map(idOf).filter((one) => one !== null && one !== winner)
  return [
    ...[...new Set(losers)].flatMap((loser) =>
      loser === null ? [] : [{ id: `${id}:${loser}`, subject: subject(loser), type, time, body, mergedInto: winner }],
    ),
    { id, subject: subject(winner), type: 'changed', time, body },
  ]
}

/** What of its object an event speaks of, where the rest of the key may be the same. */
function told(event: Record<string, unknown>): unknown {
  if (event.toObjectId !== undefined)
    return [event.associationType, event.toObjectId, event.isPrimaryAssociation, event.associationRemoved].map(String).join('/')
  return event.propertyName ?? asArray(event.mergedObjectIds).map(String).join('/')
}

/** A change the app itself made; only where the configuration says which app that is. */
function isOwn(config: HubspotConfig, event: Record<string, unknown>): boolean {
  return config.appId !== undefined && event.changeSource === 'INTEGRATION' && String(event.sourceId) === config.appId
}

/** Object ids come as numbers; one beyond exact numbers would point to another object. */
function idOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value)
  return typeof value === 'string' && /^[1-9]\d*$/.test(value) ? value : null
}

/** Tells apart unreadable items that lack the members of the usual key (FNV-1a). */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return (value >>> 0).toString(16)
}

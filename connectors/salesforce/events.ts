import { createHash } from 'node:crypto'
import type { Gap, RawSignal } from '@throughline/sdk'
import { isId } from './id.ts'

/** What one change event says. */
export interface Understood {
  /** The event's place in the stream; `null` if it has none, and the stream cannot be taken up after it. */
  readonly replayId: number | null
  readonly signals: readonly RawSignal[]
  readonly gap: Gap | null
}

const TYPES: Readonly<Record<string, RawSignal['type']>> = {
  CREATE: 'created',
  UPDATE: 'changed',
  DELETE: 'deleted',
  UNDELETE: 'restored',
}

/**
 * One change event → one thin signal for each object of it: the hub reads the objects, so neither values that were left out
 * nor the order of events can mislead it. A `GAP_` event is a change without its values, which is no loss here. The header's
 * `changeOrigin` says whose write it was; the event of a write of ours is kept all the same, since somebody else's edit may
 * have gone into the same one, and the reading tells.
 *
 * `streamOf`: the stream of an object type; `undefined` for types that nobody maps.
 */
export function understand(data: unknown, streamOf: (type: string) => string | undefined): Understood {
  const { event, payload } = record(data)
  const { replayId: given } = record(event)
  const replayId = Number.isSafeInteger(given) ? (given as number) : null
  const { entityName, recordIds, changeType, commitTimestamp } = record(record(payload)['ChangeEventHeader'])
  const key =
    replayId === null
      ? createHash('sha256')
          .update(JSON.stringify(data) ?? '')
          .digest('hex')
      : String(replayId)
  if (typeof entityName !== 'string' || typeof changeType !== 'string' || !Array.isArray(recordIds)) {
    return { replayId, signals: [unreadable(data, key, 'an event without a change event header')], gap: null }
  }
  const stream = streamOf(entityName)
  if (stream === undefined) return { replayId, signals: [], gap: null }
  const gap = gapOf(entityName, stream, changeType, recordIds)
  if (gap) return { replayId, signals: [], gap }
  const type = TYPES[changeType.replace(/^GAP_/, '')] ?? 'changed'
  const time = typeof commitTimestamp === 'number' ? timeOf(commitTimestamp) : null
  const signals = [...new Set(recordIds as unknown[])].map((id): RawSignal => {
    if (typeof id !== 'string' || !isId(id))
      return unreadable(data, `${key}/${String(id)}`, `an event about "${String(id)}", which is no id`)
    return { id: `${key}/${id}`, subject: { stream, externalId: id }, type, time, body: JSON.stringify(data) }
  })
  return { replayId, signals, gap: null }
}

/** Changes without ids: more than the vendor lists one by one, or every object of a type. */
function gapOf(entity: string, stream: string, changeType: string, ids: readonly unknown[]): Gap | null {
  if (changeType === 'GAP_OVERFLOW') {
    return { streams: [stream], extent: 'all', why: `Salesforce left out changes of ${entity}: more than 100,000 in one transaction` }
  }
  if (ids.length > 0 && !ids.some((id) => typeof id === 'string' && id.endsWith('*'))) return null
  return { streams: [stream], extent: 'all', why: `Salesforce changed objects of ${entity} without naming them` }
}

function unreadable(data: unknown, key: string, why: string): RawSignal {
  return { id: key, subject: null, type: 'unreadable', time: null, body: JSON.stringify(data) ?? 'null', why }
}

function timeOf(ms: number): string | null {
  const time = new Date(ms)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

import type { RawRecord } from '@throughline/sdk'
import type { NewEvent } from './append.ts'
import { rawHash } from './dedupe.ts'

/** A vendor's whole object as an event of the log. `asOf`: the log's end when the read of it began. */
export function snapshotEvent(id: string, source: string, stream: string, raw: RawRecord, asOf: number, receivedAt: number): NewEvent {
  return {
    id,
    source,
    type: 'snapshot',
    stream,
    externalId: raw.id,
    time: raw.modifiedText,
    receivedAt,
    asOf,
    requestId: null,
    body: JSON.stringify(raw),
    key: null,
  }
}

/** Fingerprint of what a snapshot says, whoever brought it. */
export function snapshotHash(raw: RawRecord): string {
  return rawHash(raw.state === 'deleted' ? 'deleted' : JSON.stringify(raw.body))
}

/** What to log when the vendor does not know an id that it once gave. */
export function goneRecord(externalId: string): RawRecord {
  return { id: externalId, state: 'deleted', modifiedAt: null, modifiedText: null, actor: null, body: null }
}

import type { Row } from '../db/port.ts'
import type { LinkState, RecordState } from './state.ts'

export interface RecordRow extends Row {
  readonly id: string
  readonly entity: string
  readonly version: number
  readonly fields: string
}

export interface LinkRow extends Row {
  readonly id: string
  readonly record_id: string
  readonly connection: string
  readonly stream: string
  readonly external_id: string | null
  readonly state: LinkState['state']
  readonly version: number
  readonly agreed: string
  readonly intents: string
  readonly intent_seq: number
  readonly remote_at: number | null
  readonly receipt_pos: number
  readonly receipt_at: number | null
  readonly raw_hash: string | null
  readonly mapping: string
}

export const RECORD_COLUMNS = 'r.id, r.entity, r.version, r.fields'
export const LINK_COLUMNS =
  'l.id, l.record_id, l.connection, l.stream, l.external_id, l.state, l.version, l.agreed, l.intents, l.intent_seq, l.remote_at, l.receipt_pos, l.receipt_at, l.raw_hash, l.mapping'

export function toRecord(row: RecordRow): RecordState {
  return { id: row.id, entity: row.entity, version: row.version, fields: JSON.parse(row.fields) as RecordState['fields'] }
}

export function toLink(row: LinkRow): LinkState {
  return {
    id: row.id,
    recordId: row.record_id,
    connection: row.connection,
    stream: row.stream,
    externalId: row.external_id,
    state: row.state,
    version: row.version,
    agreed: JSON.parse(row.agreed) as LinkState['agreed'],
    intents: JSON.parse(row.intents) as LinkState['intents'],
    intentSeq: row.intent_seq,
    remoteAt: row.remote_at,
    receiptPos: row.receipt_pos,
    receiptAt: row.receipt_at,
    rawHash: row.raw_hash,
    mapping: row.mapping,
  }
}

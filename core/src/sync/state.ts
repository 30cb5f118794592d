import type { Json } from '@throughline/contracts'

/** Where a field's value came from. */
export interface Provenance {
  readonly value: Json
  /** The connection that wrote it. */
  readonly system: string
  /** The vendor's id of who wrote it, if the vendor says. */
  readonly actor: string | null
  /** `seq` of the event that brought it. */
  readonly event: number | null
  /** When the hub took it over, ms UTC. */
  readonly at: number
  /** When it changed over there, ms UTC: what `latest` compares. The hub's own time where the vendor has none. */
  readonly changedAt: number
}

export type RecordFields = Readonly<Record<string, Provenance>>

export interface RecordState {
  readonly id: string
  readonly entity: string
  readonly version: number
  readonly fields: RecordFields
}

/** What both sides last agreed on: the canonical value, and how the vendor renders it. They may differ: vendors trim and round. */
export interface Agreement {
  readonly value: Json
  readonly raw: unknown
}

export interface LinkState {
  readonly id: string
  readonly recordId: string
  readonly connection: string
  readonly stream: string
  readonly externalId: string | null
  readonly state: 'open' | 'gone' | 'ambiguous'
  readonly version: number
  readonly agreed: Readonly<Record<string, Agreement>>
  /** Values of the write that is out; empty when none is. */
  readonly intents: Readonly<Record<string, Json>>
  readonly intentSeq: number
  readonly remoteAt: number | null
  /** The log's newest `seq` when the last receipt was committed. */
  readonly receiptPos: number
  /** The vendor's modification time that the last receipt gave, if it gave one. */
  readonly receiptAt: number | null
  readonly rawHash: string | null
  readonly mapping: string
}

/** One entry of a record's history. `lost` marks a value that did not win; it is kept here and nowhere else. */
export interface Change {
  readonly field: string
  readonly from: Json
  readonly to: Json
  readonly system: string
  readonly actor: string | null
  readonly lost?: true
}

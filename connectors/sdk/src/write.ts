import type { Fields } from './fields.ts'
import type { RawRecord } from './raw.ts'

/** One change to one external object, frozen when it was claimed. */
export interface Delivery {
  /** Deterministic idempotency key; the same on every attempt. Connectors that mark what they create use it. */
  readonly key: string
  readonly operation: 'create' | 'update' | 'delete'
  /** The hub's record id: the value of the `upsertBy` property. */
  readonly recordId: string
  /** `null` for a create. */
  readonly externalId: string | null
  /** Remote property → encoded value; goes through `Stream.encode`. */
  readonly patch: Fields
  /** The vendor's modification time that the patch is based on, for vendors that check. */
  readonly basedOn: string | null
}

/** What went over the wire, for the dead-letter queue: bodies as text, no credentials. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly request: string
  readonly status: number | null
  readonly answer: string
}

export interface Receipt {
  readonly externalId: string
  /** The object as the vendor stored it; only the written fields are needed. `null` if it could not be read back. */
  readonly raw: RawRecord | null
  readonly created: boolean
}

/** What the caller does next, not what went wrong. */
export type WriteResult =
  | { readonly next: 'done'; readonly receipt: Receipt; readonly exchange: Exchange }
  /**
   * Refused before any effect; send the same again, not before `at` if given (ms UTC). `limited` uses up no attempt.
   * `alone`: the vendor refused the whole batch without naming the row at fault, so the next attempt must be a batch of
   * one, or a single bad row would take its neighbours along for ever.
   */
  | {
      readonly next: 'retry'
      readonly at?: number
      readonly limited?: boolean
      readonly alone?: boolean
      readonly why: string
      readonly exchange: Exchange
    }
  /** Refused for ever: to the dead-letter queue. */
  | { readonly next: 'reject'; readonly why: string; readonly exchange: Exchange }
  /** The object is not what the patch was based on. `current` where known; the hub merges and plans anew. */
  | { readonly next: 'conflict'; readonly current: RawRecord | null; readonly why: string; readonly exchange: Exchange }
  /** May have landed: look up before writing again. */
  | { readonly next: 'unknown'; readonly why: string; readonly exchange: Exchange }

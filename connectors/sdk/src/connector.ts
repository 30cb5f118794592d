import type { Provisioner, ProvisionTarget } from './provision.ts'
import type { Fields } from './fields.ts'
import type { RawRecord, RawRequest, RawSignal } from './raw.ts'
import type { Listener } from './subscribe.ts'
import type { Delivery, WriteResult } from './write.ts'

/**
 * A plugin for one kind of system. It knows its vendor and nothing of the hub: it may import `@throughline/sdk` and
 * `@throughline/contracts` only. The hub calls `connect` once per configured connection and owns every retry.
 */
export interface Connector<Config = unknown> {
  /** Lower-case vendor name, also the folder name: `hubspot`. */
  readonly name: string
  /** JSON Schema 2020-12 of `Config`. Members that hold a secret carry `"writeOnly": true`. */
  readonly configSchema: object
  readonly streams: Readonly<Record<string, Stream>>
  /** Default mapping of each stream: the URL of a YAML file in the connector's `mappings` folder. */
  readonly mappings: Readonly<Record<string, URL>>
  /** What the vendor allows one connection, unless the configuration says otherwise. */
  readonly limits: Limits
  /**
   * The largest webhook body that the vendor sends, in bytes; 1 MiB if left out. The hub refuses a longer one with 413, as a rule
   * unread, so it never gets to `accept`. Anybody may send that much unsigned: name what the vendor documents, no more.
   */
  readonly webhookLimit?: number
  /** Opens nothing and sends nothing; must not throw for a config that satisfies `configSchema`. */
  connect(config: Config, io: ConnectorIo): Connection
  /**
   * Sets up the vendor's side, for `throughline connect`. Like `connect` it opens and sends nothing by itself. Left out where
   * the vendor needs nothing but credentials.
   */
  provision?(config: Config, io: ConnectorIo, target: ProvisionTarget): Provisioner
}

/** Calls allowed per window; the hub keeps one bucket per connection. */
export interface Limits {
  readonly calls: number
  /** Length of the window in milliseconds. */
  readonly per: number
}

/** Everything a connector may touch outside itself. No clock, timer, randomness or network but these. */
export interface ConnectorIo {
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds UTC. */
  now(): number
  /** Remote properties the mappings use, by stream: what to ask the vendor for. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  /** One structured line; never a secret, never personal data. */
  log(message: string, details?: Readonly<Record<string, string | number | boolean | null>>): void
}

/** Either the stream can, or a sentence says why its vendor cannot. */
export type Ability = true | { readonly because: string }

/** Declared, never discovered by catching. The conformance suite checks each claim. */
export interface Abilities {
  readonly webhook: Ability
  readonly pull: Ability
  readonly list: Ability
  readonly find: Ability
  readonly write: Ability
  readonly delete: Ability
  /** Whether a merge in the vendor's own tool can be told from a delete. */
  readonly merge: Ability
  /**
   * The remote property that holds the hub's record id and that the vendor keeps unique. A delivery without an
   * external id is an upsert by it, so repeating it is safe.
   */
  readonly upsertBy: string | { readonly because: string }
  /**
   * Where `upsertBy` is missing: the remote property, real or read out of a marker in a text, that holds the hub's record
   * id without the vendor keeping it unique. `find` looks it up among recent objects, consistent with the vendor's own
   * writes after `visibilityMs`. A create whose outcome is unknown is looked up by it before it is sent again; with
   * neither, a person is asked.
   */
  readonly markedBy?: string
  /** Whether the vendor refuses a write based on a stale version. Without it the hub reads before it writes. */
  readonly versionCheck: Ability
  /** The vendor's limits per call, in records. */
  readonly batch: { readonly read: number; readonly write: number; readonly find: number; readonly page: number }
  /** How long after an aborted call its effect may still land, in milliseconds. */
  readonly visibilityMs: number
}

/** One kind of remote object. Pure: no clock, no network. */
export interface Stream {
  /** Name of the entity contract, for instance `person`. */
  readonly entity: string
  readonly can: Abilities
  /** The order of `list`: negative when `a` comes before `b`. The reconciler merge-joins by it. */
  compareIds(a: string, b: string): number
  /** Vendor JSON → flat remote fields, only those present. Must not throw on unknown members. */
  decode(raw: RawRecord): Fields
  /** Flat remote fields → what the vendor's write call takes. `null` clears a field. */
  encode(patch: Fields): unknown
}

export interface Page {
  readonly records: readonly RawRecord[]
  /** Where to go on after this page; store it only once the page is durable. */
  readonly cursor: string
}

export type Health = { readonly ok: true; readonly account: string } | { readonly ok: false; readonly why: string; readonly remedy: string }

/**
 * One configured instance. Every method but `write` may throw a `VendorError`; anything else thrown is a bug and is
 * treated as a permanent failure. An aborted signal rejects promptly.
 */
export interface Connection {
  /** One cheap authenticated call. Called at start and by `throughline status`. */
  check(signal: AbortSignal): Promise<Health>
  /** Where the vendor has a stream of events to listen to and the configuration wants it. */
  listen?: Listener['listen']
  /** Verifies a webhook over its raw bytes, then splits it. Throws `Refused`; touches no network. */
  accept?(request: RawRequest): Promise<readonly RawSignal[]>
  /**
   * Changes since a cursor, oldest first, ordered by the tuple (time, id); `null` starts at the beginning. Goes back
   * by the connector's own overlap, so records repeat; ends when it has caught up. Deleted records appear with
   * `state: 'deleted'` where the vendor can tell.
   */
  pull(stream: string, cursor: string | null, signal: AbortSignal): AsyncIterable<Page>
  /** Everything that lives, in the order of `compareIds`; `after` is an external id, exclusive. */
  list(stream: string, after: string | null, signal: AbortSignal): AsyncIterable<Page>
  /** At most `can.batch.read` ids. An id the vendor does not know maps to `null`. */
  read(stream: string, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, RawRecord | null>>
  /** At most `can.batch.find` values; exact match on one remote property, consistent with the vendor's own writes where `field` is `upsertBy`. */
  find(stream: string, field: string, values: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly RawRecord[]>>
  /**
   * At most `can.batch.write` deliveries of one operation, as one vendor call. Never throws: one result for each
   * delivery, in their order. Never retries by itself.
   */
  write(stream: string, deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]>
}

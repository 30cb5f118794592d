import type { Connector, Fields, RawRequest } from '@throughline/sdk'
import type { Fault } from '@throughline/sdk/sandbox'

/** What a connector's author gives the suite: the connector, its sandbox, and what a person can do there without us. */
export interface Subject<Config = unknown> {
  readonly connector: Connector<Config>
  readonly streams: Readonly<Record<string, StreamSubject>>
  /** Needed as soon as one stream declares `webhook: true`. */
  readonly webhook?: WebhookSubject<Config>
  /** Faults that speak the vendor's own way of saying it. */
  readonly limits: readonly LimitAnswer[]
  /** Matches `METHOD /path` of the calls that write records. */
  readonly writeCalls: RegExp
  /** A sandbox of its own on a free port, empty. Called once per law; the suite closes it. */
  start(): Promise<Remote<Config>>
}

/** An answer by which this vendor says "too much". */
export interface LimitAnswer {
  readonly what: string
  /** `status`, `body` and `headers` as the vendor sends them. */
  readonly answer: Pick<Fault, 'status' | 'body' | 'headers'>
  /** How long the vendor asks to wait, in milliseconds; `null` where it does not say. */
  readonly waitMs: number | null
}

/** A running sandbox, seen from outside the hub. */
export interface Remote<Config = unknown> {
  readonly url: string
  readonly config: Config
  /** The vendor's clock, milliseconds UTC. */
  now(): number
  /** Objects made by a person, all last modified at `at` (now, if absent). Answers their ids in order. */
  plant(stream: string, rows: readonly Fields[], at?: number): Promise<readonly string[]>
  /** A person's edit, now, by raw HTTP. */
  edit(stream: string, id: string, fields: Fields): Promise<void>
  remove(stream: string, id: string): Promise<void>
  /** Needed where a stream declares `merge: true`. */
  merge?(stream: string, winner: string, loser: string): Promise<void>
  /** The vendor's own memory: every live object with all its fields, by id. Never through the connector. */
  truth(stream: string): Promise<ReadonlyMap<string, Fields>>
  /** Makes everything done so far visible to searches, where the vendor's index lags. */
  settle?(): Promise<void>
  close(): Promise<void>
}

/** Samples are in the vendor's own normal form: what is written is what the vendor then holds. */
export interface StreamSubject {
  /** A valid new object; different for each `n` in every identifying field. */
  sample(n: number): Fields
  /** A patch that changes every field it mentions of any sample; different for each `n` in every identifying field. */
  change(n: number): Fields
  /** A free text field that `sample` fills and that may be emptied. */
  readonly clearable: string
  /** A property outside every mapping, which the vendor keeps, with a value. */
  readonly unmapped: Fields
  /** A patch that the vendor refuses for ever, whatever the object. */
  readonly refused: Fields
  /** A well-formed id that no object has. */
  readonly absentId: string
  /** Needed where the stream declares `find: true`: a property and values that are hard to quote, none equal to another. */
  readonly findable?: { readonly field: string; readonly values: readonly string[] }
}

export interface WebhookChange {
  readonly stream: string
  readonly id: string
  readonly type: 'created' | 'changed' | 'deleted'
  /** Tells two changes of one object apart. */
  readonly n: number
}

export interface WebhookSubject<Config> {
  /** How far a signature's time may be off, in milliseconds; or a sentence why the vendor signs no time. */
  readonly toleranceMs: number | { readonly because: string }
  /** The vendor sends one change per request: `body` is never asked for more, and `brokenBody` holds only what is broken. */
  readonly single?: true
  /** The header that carries the signature, lower-case. */
  readonly signatureHeader: string
  /** The body the vendor sends for these changes; `attempt` counts redeliveries, from 0. */
  body(changes: readonly WebhookChange[], attempt: number): string
  /** A body with a good item and one that cannot be understood. */
  brokenBody(change: WebhookChange): string
  /** The request as the vendor signs and sends it at `at`. */
  sign(config: Config, body: string, at: number): RawRequest
  /** The same configuration with another webhook secret. */
  otherSecret(config: Config): Config
}

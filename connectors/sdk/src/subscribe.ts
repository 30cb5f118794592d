import type { RawSignal } from './raw.ts'

/** The longest time, in milliseconds, that `listen` may pass without giving anything. Longer silence is a dead connection. */
export const LISTEN_SILENCE_MS = 180_000

/** One piece of a vendor's event stream. */
export interface Heard {
  /** In the vendor's order, thin or with their record, as those of a webhook. Empty for a sign of life. */
  readonly signals: readonly RawSignal[]
  /** Where to go on after this piece; stored in the commit that makes its signals durable, never before. */
  readonly cursor: string
  /** Changes that this stream of events has not brought and will not bring. */
  readonly gap?: Gap
}

export interface Gap {
  readonly streams: readonly string[]
  /**
   * `recent`: whatever changed since the streams' stored pull cursors, so a pull now closes it. `all`: changes that a pull
   * would not show either, so the streams are pulled again from their beginning.
   */
  readonly extent: 'recent' | 'all'
  /** For the log and for people. */
  readonly why: string
}

/**
 * Changes that the hub fetches and the vendor holds back until there are some, for vendors that keep a replayable stream of
 * events. It spares reads and time; polling stays what nothing gets past.
 */
export interface Listener {
  /**
   * Called by one node at a time, with the cursor of the last piece that became durable; `null` the first time. Goes on until
   * `signal` aborts, on which it rejects promptly, or until it throws a `VendorError`; the hub then starts anew from its
   * stored cursor, so signals repeat (their ids do too). Obligations:
   *
   * - The first piece comes as soon as the vendor listens for us, and says with a gap what may have been missed before; after
   *   a `null` cursor that is everything `recent`.
   * - A piece at least every `LISTEN_SILENCE_MS`, empty if nothing happened. The hub's `fetch` must bear answers as late.
   * - The next piece is asked for only when this one is durable.
   * - A cursor that the vendor no longer knows is no error but a gap.
   * - Only streams that the mappings use (`ConnectorIo.fields`) have signals.
   */
  listen(cursor: string | null, signal: AbortSignal): AsyncIterable<Heard>
}

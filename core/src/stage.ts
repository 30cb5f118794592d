import type { Clock } from './clock.ts'
import type { Store } from './db/store.ts'
import type { Ids } from './ids.ts'

/** What every stage that talks to a vendor is given. */
export interface StageDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly node: string
  /** Aborts when the hub stops. */
  readonly stop: AbortSignal
}

/** What a step of a looping stage did. `wakes`: something was appended to the log. `at`: when to look again at the latest. */
export interface Step {
  readonly more: boolean
  readonly wakes: boolean
  readonly at: number
}

/** Time limit of one vendor call that reads, ms. */
export const CALL_MS = 30_000

import { createEvents, type Events } from './events.ts'
import type { Row } from './objects.ts'
import { createSchema, type Schema } from './schema.ts'
import { createSessions, CLIENTS, type Client, type Sessions } from './sessions.ts'
import { createStore, type Store } from './store.ts'

export interface OrgOptions {
  /** Milliseconds UTC; the machine's clock if absent. Tests freeze it to get equal time stamps. */
  readonly now?: () => number
  readonly clients?: readonly Client[]
  /** Calls allowed per day. */
  readonly dailyLimit?: number
  /** How long the event stream holds a call that has nothing to answer, in milliseconds; the vendor's 110 seconds if absent. */
  readonly holdMs?: number
}

/** Rows of a query that are still to be fetched. */
export interface Locator {
  readonly fields: readonly string[]
  readonly type: string
  readonly rows: readonly Row[]
  readonly size: number
}

/** One Salesforce org: what the handlers work on. */
export interface Org {
  readonly store: Store
  readonly events: Events
  readonly schema: Schema
  readonly sessions: Sessions
  readonly usage: { used: number; max: number }
  /** Open query locators, oldest first; the vendor keeps ten of a user's. */
  readonly locators: Map<string, Locator>
  now(): number
}

export function createOrg(options: OrgOptions = {}): Org {
  const now = options.now ?? Date.now
  const events = createEvents(now)
  return {
    events,
    schema: createSchema(),
    store: createStore(now, (change) => events.publish(change)),
    sessions: createSessions(options.clients ?? CLIENTS, now),
    usage: { used: 0, max: options.dailyLimit ?? 1_000_000 },
    locators: new Map(),
    now,
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import type { ObjectType, Row, Value } from './objects.ts'

const RETENTION = 72 * 3_600_000
/** What one org keeps at most, so that a load test does not fill the memory with history. */
const MOST_KEPT = 50_000

export interface ChangeEvent {
  readonly replayId: number
  readonly at: number
  readonly entity: string
  readonly header: Readonly<Record<string, unknown>>
  readonly values: Readonly<Record<string, Value>>
}

export interface Change {
  readonly object: Pick<ObjectType, 'name'>
  readonly type: 'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE'
  readonly row: Row
  readonly user: string
  /** What the change set; for a new row everything that is not empty counts. */
  readonly values: Readonly<Record<string, Value>>
}

/** The org's change events, in the order of their commits, for as long as the vendor keeps them. */
export interface Events {
  publish(change: Change): void
  /** An event as a test wants it: a gap, many ids, a wildcard. */
  inject(entity: string, header: Readonly<Record<string, unknown>>): number
  /** Events after one; `null` if that one is not kept any more. -1: none of what is there, -2: everything that is kept. */
  after(replayId: number): readonly ChangeEvent[] | null
  /** Calls back with every event, until the answer is called. */
  watch(listener: (event: ChangeEvent) => void): () => void
  /** Forgets everything, as 72 hours do. */
  forget(): void
}

/** The client that a call names, for `changeOrigin`; of concurrent calls each has its own. */
export const caller = new AsyncLocalStorage<string>()

/** `now` in milliseconds UTC. */
export function createEvents(now: () => number): Events {
  const listeners = new Set<(event: ChangeEvent) => void>()
  let kept: ChangeEvent[] = []
  let last = 1_000_000
  // Transaction numbers of a real org have long left what a JSON number holds exactly.
  let commits = 9_007_199_254_740_993n

  function add(entity: string, header: Readonly<Record<string, unknown>>, values: Readonly<Record<string, Value>>): number {
    const at = now()
    // Ids rise, but not one by one.
    last += 1 + (last % 3)
    commits += 2n
    const rest = {
      changeOrigin: caller.getStore() ?? '',
      transactionKey: `0006${last.toString(16)}-0000-0000-0000-000000000000`,
      sequenceNumber: 1,
      commitTimestamp: at,
      commitNumber: commits.toString(),
      nulledFields: [],
      diffFields: [],
      changedFields: [],
    }
    const event = { replayId: last, at, entity, header: { entityName: entity, ...rest, ...header }, values }
    kept.push(event)
    if (kept.length > 2 * MOST_KEPT) kept = kept.slice(-MOST_KEPT)
    for (const listener of listeners) listener(event)
    return last
  }

  return {
    publish({ object, type, row, user, values }) {
      const names = Object.keys(values)
      const changedFields = type === 'UPDATE' ? [...names, 'LastModifiedDate'] : []
      const nulledFields = type === 'UPDATE' ? names.filter((name) => values[name] === null) : []
      add(object.name, { recordIds: [row['Id']], changeType: type, commitUser: user, changedFields, nulledFields }, values)
    },
    inject: (entity, header) => add(entity, header, {}),
    after(replayId) {
      const oldest = now() - RETENTION
      const living = kept.filter((event) => event.at >= oldest)
      if (replayId === -1) return []
      if (replayId === -2) return living
      // The newest id is known even when its event is not kept: nothing has been missed after it.
      if (replayId === last) return []
      const at = living.findIndex((event) => event.replayId === replayId)
      return at < 0 ? null : living.slice(at + 1)
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    forget() {
      kept = []
      last += 1
    },
  }
}

/** The event as the server sends it; `commitNumber` as the number that it is. */
export function eventText(event: ChangeEvent, channel: string): string {
  const { commitNumber, ...header } = event.header
  const payload = { ChangeEventHeader: { ...header, commitNumber: 0 }, ...event.values }
  const message = { data: { schema: 'sandbox', payload, event: { replayId: event.replayId } }, channel }
  return JSON.stringify(message).replace('"commitNumber":0', `"commitNumber":${String(commitNumber ?? 0)}`)
}

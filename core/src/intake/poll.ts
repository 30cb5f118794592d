import type { Page } from '@throughline/sdk'
import { within } from '../clock.ts'
import { guard, statement, type Row } from '../db/port.ts'
import { GuardFailed } from '../db/errors.ts'
import { append } from '../log/append.ts'
import { outcomeOf } from '../gate/gate.ts'
import { backoff } from '../gate/retry.ts'
import type { Route } from '../routes.ts'
import { withoutUnchanged } from './news.ts'
import { snapshotEvent } from '../log/snapshot.ts'
import { CALL_MS, type StageDeps, type Step } from '../stage.ts'
import { logEnd } from '../log/end.ts'

const LEASE_MS = 120_000

const SEED = `INSERT INTO cursors (connection, stream, cursor, caught_up_at, next_at, owner, fence, lease_until) VALUES (?, ?, NULL, NULL, 0, NULL, 0, 0) ON CONFLICT DO NOTHING`
const READ = 'SELECT next_at, lease_until, owner FROM cursors WHERE connection = ? AND stream = ?'
const CLAIM = `UPDATE cursors SET owner = ?, fence = fence + 1, lease_until = ? WHERE connection = ? AND stream = ? AND next_at <= ? AND lease_until <= ? RETURNING cursor, fence, caught_up_at`
const HELD = '(SELECT fence FROM cursors WHERE connection = ? AND stream = ?) = ?'
const MOVE = 'UPDATE cursors SET cursor = ?, lease_until = ? WHERE connection = ? AND stream = ?'
const DONE =
  'UPDATE cursors SET caught_up_at = coalesce(caught_up_at, ?), next_at = ?, lease_until = 0 WHERE connection = ? AND stream = ? AND fence = ?'
const LATER = 'UPDATE cursors SET next_at = ?, lease_until = 0 WHERE connection = ? AND stream = ? AND fence = ?'

interface CursorRow extends Row {
  readonly cursor: string | null
  readonly fence: number
  readonly caught_up_at: number | null
}

/**
 * Asks one stream for its changes since the stored cursor and appends them to the log, a page and its cursor in one
 * commit. One node polls a stream at a time, by lease; a page of a node that lost it is not stored.
 */
export function createPoll(route: Route, deps: StageDeps): { step(): Promise<Step> } {
  const { store, clock, ids, node, stop } = deps
  const { connection, name } = route
  let seeded = false
  let failures = 0

  async function step(): Promise<Step> {
    if (!seeded) {
      await store.commit([statement(SEED, connection, name)])
      seeded = true
    }
    const now = clock.now()
    const [state] = await store.all<{ next_at: number; lease_until: number; owner: string | null }>(READ, [connection, name])
    const dueAt = Math.max(state!.next_at, state!.lease_until)
    if (dueAt > now) return { more: false, wakes: false, at: Math.min(dueAt, now + route.pollMs) }
    const leave = await route.gate.ask()
    if (!leave.go) return { more: false, wakes: false, at: leave.at }
    const [rows] = (await store.commit([statement(CLAIM, node, now + LEASE_MS, connection, name, now, now)])) as [CursorRow[]]
    const held = rows[0]
    if (!held) {
      await route.gate.report({ kind: 'unused' })
      return { more: false, wakes: false, at: now + route.pollMs }
    }

    let wakes = false
    try {
      let asOf = await logEnd(store)
      for await (const page of pages(held.cursor)) {
        await route.gate.report({ kind: 'ok' })
        const news = await withoutUnchanged(store, route, page.records)
        const at = clock.now()
        await store.commit([
          guard(HELD, connection, name, held.fence),
          ...append(news.map((raw) => snapshotEvent(ids.next(), connection, name, raw, asOf, at))),
          statement(MOVE, page.cursor, at + LEASE_MS, connection, name),
        ])
        if (news.length > 0) wakes = true
        asOf = await logEnd(store)
        const again = await route.gate.ask()
        if (!again.go) return await pause(again.at, held.fence, wakes)
      }
      // A stream without news may give no page at all; the vendor has answered all the same.
      await route.gate.report({ kind: 'ok' })
      failures = 0
      const end = clock.now()
      await store.commit([statement(DONE, end, end + route.pollMs, connection, name, held.fence)])
      return { more: false, wakes: wakes || held.caught_up_at === null, at: end + route.pollMs }
    } catch (error) {
      if (stop.aborted) throw error
      if (error instanceof GuardFailed) return { more: false, wakes, at: clock.now() + route.pollMs }
      failures += 1
      await route.gate.report(outcomeOf(error))
      const at = clock.now() + route.pollMs + backoff(failures, ids.random())
      return pause(at, held.fence, wakes)
    }
  }

  /** The vendor's pages, each within the time of one call. */
  async function* pages(cursor: string | null): AsyncIterable<Page> {
    const limit = new AbortController()
    const iterator = route.remote.pull(name, cursor, AbortSignal.any([stop, limit.signal]))[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await within(clock, CALL_MS, stop, (signal) => {
          signal.addEventListener('abort', () => limit.abort(signal.reason), { once: true })
          return iterator.next()
        })
        if (next.done) return
        yield next.value
      }
    } finally {
      await iterator.return?.()
    }
  }

  /** Gives the stream back before its end; the next poll goes on from the stored cursor. */
  async function pause(at: number, fence: number, wakes: boolean): Promise<Step> {
    await store.commit([statement(LATER, at, connection, name, fence)])
    return { more: false, wakes, at }
  }

  return { step }
}

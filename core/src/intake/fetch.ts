import { VendorError } from '@throughline/sdk'
import { within } from '../clock.ts'
import { statement, type Row, type Statement } from '../db/port.ts'
import { append } from '../log/append.ts'
import { outcomeOf } from '../gate/gate.ts'
import { backoff } from '../gate/retry.ts'
import type { Route } from '../routes.ts'
import { withoutUnchanged } from './news.ts'
import { goneRecord, snapshotEvent } from '../log/snapshot.ts'
import { logEnd } from '../log/end.ts'
import { OPEN_EXCEPTION } from '../exceptions.ts'
import { CALL_MS, type StageDeps, type Step } from '../stage.ts'

const LEASE_MS = 60_000
const IDLE_MS = 1_000
const ALONE_AFTER = 3

const DUE = `SELECT external_id, seq, attempt FROM fetches WHERE connection = ? AND stream = ? AND next_at <= ? AND lease_until <= ? ORDER BY next_at LIMIT ?`
const CLAIM = `UPDATE fetches SET lease_until = ? WHERE connection = ? AND stream = ? AND lease_until <= ?
AND external_id IN (SELECT value FROM json_each(?)) RETURNING external_id, seq, attempt`
/** Clears a mark unless a newer event set it again while the read was under way. */
const CLEAR = `DELETE FROM fetches WHERE rowid IN (SELECT f.rowid FROM json_each(?) j
CROSS JOIN fetches f ON f.connection = ? AND f.stream = ? AND f.external_id = j.value ->> 0 AND f.seq = j.value ->> 1)`
const FREE = 'UPDATE fetches SET lease_until = 0 WHERE connection = ? AND stream = ? AND external_id IN (SELECT value FROM json_each(?))'
const LATER = `UPDATE fetches SET lease_until = 0, attempt = attempt + ?, next_at = ? WHERE connection = ? AND stream = ? AND external_id IN (SELECT value FROM json_each(?))`
const EARLIEST = 'SELECT min(max(next_at, lease_until)) AS at FROM fetches WHERE connection = ? AND stream = ?'

interface Mark extends Row {
  readonly external_id: string
  readonly seq: number
  readonly attempt: number
}

/** Reads the objects that thin events marked, in batches, and appends what the vendor answers to the log. */
export function createFetch(route: Route, deps: StageDeps): { step(): Promise<Step> } {
  const { store, clock, ids, stop } = deps
  const { connection, name } = route
  const limit = route.stream.can.batch.read

  async function step(): Promise<Step> {
    const now = clock.now()
    let due = await store.all<Mark>(DUE, [connection, name, now, now, limit])
    // What failed again and again goes alone, so that it blocks nobody else.
    if (due.length > 0 && due[0]!.attempt >= ALONE_AFTER) due = due.slice(0, 1)
    if (due.length === 0) {
      const [next] = await store.all<{ at: number | null }>(EARLIEST, [connection, name])
      return { more: false, wakes: false, at: Math.min(now + IDLE_MS, next?.at ?? now + IDLE_MS) }
    }
    const leave = await route.gate.ask()
    if (!leave.go) return { more: false, wakes: false, at: leave.at }
    const [marks] = (await store.commit([
      statement(CLAIM, now + LEASE_MS, connection, name, now, JSON.stringify(due.map((mark) => mark.external_id))),
    ])) as [Mark[]]
    if (marks.length === 0) {
      await route.gate.report({ kind: 'unused' })
      return { more: true, wakes: false, at: now }
    }
    const asked = marks.map((mark) => mark.external_id)
    const asOf = await logEnd(store)
    try {
      const answers = await within(clock, CALL_MS, stop, (signal) => route.remote.read(name, asked, signal))
      await route.gate.report({ kind: 'ok' })
      const records = asked.map((id) => answers.get(id) ?? goneRecord(id))
      const news = await withoutUnchanged(store, route, records)
      const at = clock.now()
      await store.commit([
        ...append(news.map((raw) => snapshotEvent(ids.next(), connection, name, raw, asOf, at))),
        statement(CLEAR, JSON.stringify(marks.map((mark) => [mark.external_id, mark.seq])), connection, name),
        statement(FREE, connection, name, JSON.stringify(asked)),
      ])
      return { more: marks.length === limit, wakes: news.length > 0, at: clock.now() }
    } catch (error) {
      if (stop.aborted) throw error
      const limited = error instanceof VendorError && error.next === 'limited'
      await route.gate.report(outcomeOf(error))
      if (error instanceof VendorError && error.next === 'reject' && asked.length === 1 && marks[0]!.attempt >= ALONE_AFTER) {
        await store.commit(giveUp(marks[0]!, error.message))
        return { more: true, wakes: false, at: clock.now() }
      }
      const attempt = Math.max(...marks.map((mark) => mark.attempt)) + 1
      const at = clock.now() + Math.max(100, backoff(attempt, ids.random()))
      await store.commit([statement(LATER, limited ? 0 : 1, at, connection, name, JSON.stringify(asked))])
      return { more: false, wakes: false, at }
    }
  }

  function giveUp(mark: Mark, why: string): Statement[] {
    const at = clock.now()
    const fingerprint = `unreadable:${connection}:${name}:${mark.external_id}`
    const detail = JSON.stringify({ why, stream: name, externalId: mark.external_id })
    return [
      statement(CLEAR, JSON.stringify([[mark.external_id, mark.seq]]), connection, name),
      statement(OPEN_EXCEPTION, at, at, JSON.stringify([[ids.next(), 'data invalid', fingerprint, connection, null, mark.seq, detail]])),
    ]
  }

  return { step }
}

import type { Clock } from '../clock.ts'
import { statement, type Row } from '../db/port.ts'
import type { Store } from '../db/store.ts'
import type { Ids } from '../ids.ts'

const DEAD = `SELECT d.id, d.link_id, d.record_id, d.connection, d.stream, r.version FROM json_each(?) j CROSS JOIN deliveries d ON d.id = j.value JOIN records r ON r.id = d.record_id WHERE d.state = 'dead'`
const AGAIN = `INSERT INTO deliveries (id, link_id, record_id, connection, stream, state, wanted, attempt, next_at, fence, lease_until, created_at)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, 'pending', j.value ->> 5, 0, ?, 0, 0, ? FROM json_each(?) j WHERE true
ON CONFLICT (link_id) WHERE state = 'pending' DO UPDATE SET next_at = excluded.next_at`
const ENDED = `UPDATE deliveries SET state = 'superseded', why = 'driven again' WHERE state = 'dead' AND id IN (SELECT value FROM json_each(?))`

interface DeadRow extends Row {
  readonly id: string
  readonly link_id: string
  readonly record_id: string
  readonly connection: string
  readonly stream: string
  readonly version: number
}

/** Puts dead deliveries back in the outbox: state is sent, not deltas, so the newest values go. Answers how many there were. */
export async function redrive(store: Store, clock: Clock, ids: Ids, deliveries: readonly string[], actor: string): Promise<number> {
  const rows = await store.all<DeadRow>(DEAD, [JSON.stringify(deliveries)])
  if (rows.length === 0) return 0
  const now = clock.now()
  await store.commit([
    statement(ENDED, JSON.stringify(rows.map((row) => row.id))),
    statement(
      AGAIN,
      now,
      now,
      JSON.stringify(rows.map((row) => [ids.next(), row.link_id, row.record_id, row.connection, row.stream, row.version])),
    ),
    statement(
      'INSERT INTO audit (at, actor, action, subject, reason) VALUES (?, ?, ?, ?, ?)',
      now,
      actor,
      'deliveries.retried',
      `${rows.length} deliveries`,
      null,
    ),
  ])
  return rows.length
}

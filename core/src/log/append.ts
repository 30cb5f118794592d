import { EACH } from '../db/each.ts'
import { statement, type Statement } from '../db/port.ts'
import { laneOf } from './lane.ts'

/** A raw event on its way into the log. */
export interface NewEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly stream: string
  readonly externalId: string
  readonly time: string | null
  readonly receivedAt: number
  readonly asOf: number | null
  readonly requestId: string | null
  readonly body: string
  /** Deduplicated on (source, key) within the retention window, unless `null`. */
  readonly key: string | null
}

const APPEND = `INSERT INTO events (id, source, type, stream, external_id, lane, time, received_at, as_of, request_id, body)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6, j.value ->> 7, j.value ->> 8, j.value ->> 9, j.value ->> 10
FROM ${EACH} j
WHERE j.value ->> 11 IS NULL OR NOT EXISTS (SELECT 1 FROM seen WHERE key = j.value ->> 11)
ORDER BY j.key`

const REMEMBER = `INSERT INTO seen (key, at) SELECT j.value ->> 0, j.value ->> 1 FROM json_each(?) j WHERE true ON CONFLICT DO NOTHING`

/** Appends events in their order; what was seen already is left out. Unguarded: repeating it adds nothing where keys are given. */
export function append(events: readonly NewEvent[]): Statement[] {
  if (events.length === 0) return []
  const rows = JSON.stringify(
    events.map((e) => [
      e.id,
      e.source,
      e.type,
      e.stream,
      e.externalId,
      laneOf(e.source, e.stream, e.externalId),
      e.time,
      e.receivedAt,
      e.asOf,
      e.requestId,
      e.body,
      e.key,
    ]),
  )
  const keys = events.filter((e) => e.key !== null).map((e) => [e.key, e.receivedAt])
  return keys.length > 0 ? [statement(APPEND, rows), statement(REMEMBER, JSON.stringify(keys))] : [statement(APPEND, rows)]
}

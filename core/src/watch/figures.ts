import type { Clock } from '../clock.ts'
import type { Store } from '../db/store.ts'
import { APPLY } from '../sync/apply.ts'
import { LOG_END } from '../log/end.ts'

/** What the hub has done and what waits. Every figure comes from an index, the end of a table, or a small table. */
export interface Figures {
  readonly events: number
  /** Events that no stage has come to. */
  readonly behind: number
  readonly records: number
  /** Writes that a vendor confirmed. */
  readonly receipts: number
  /** Deliveries that are not done, by state; a state without rows is absent. */
  readonly deliveries: Readonly<Record<string, number>>
  readonly openExceptions: number
  /** Lanes that this node holds, and that somebody holds. */
  readonly lanes: { readonly mine: number; readonly held: number; readonly all: number }
}

const STATES = `SELECT state, count(*) AS n FROM deliveries WHERE state IN ('pending', 'waiting', 'unknown') GROUP BY state
UNION ALL SELECT 'claimed', count(*) FROM deliveries WHERE state = 'claimed'
UNION ALL SELECT 'dead', count(*) FROM deliveries WHERE state = 'dead'`
const TOTALS = `SELECT (SELECT count(*) FROM records) AS records, (SELECT coalesce(max(rowid), 0) FROM receipts) AS receipts,
(SELECT count(*) FROM exceptions WHERE state = 'open') AS exceptions`
const LANES = `SELECT count(*) AS total, sum(lease_until > ?) AS held, sum(lease_until > ? AND owner = ?) AS mine, min(cursor) AS cursor
FROM lanes WHERE stage = ?`

export async function readFigures(store: Store, node: string, clock: Clock): Promise<Figures> {
  const now = clock.now()
  const [ends, states, totals, lanes] = await Promise.all([
    store.all<{ seq: number }>(LOG_END),
    store.all<{ state: string; n: number }>(STATES),
    store.all<{ records: number; receipts: number; exceptions: number }>(TOTALS),
    store.all<{ total: number; held: number | null; mine: number | null; cursor: number | null }>(LANES, [now, now, node, APPLY]),
  ])
  const end = ends[0]!.seq
  const lane = lanes[0]!
  const total = totals[0]!
  return {
    events: end,
    behind: Math.max(0, end - (lane.cursor ?? 0)),
    records: total.records,
    receipts: total.receipts,
    deliveries: Object.fromEntries(states.filter((row) => row.n > 0).map((row) => [row.state, row.n])),
    openExceptions: total.exceptions,
    lanes: { mine: lane.mine ?? 0, held: lane.held ?? 0, all: lane.total },
  }
}

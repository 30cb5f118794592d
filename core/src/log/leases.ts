import type { Clock } from '../clock.ts'
import { statement, type Row, type Statement } from '../db/port.ts'
import type { Store } from '../db/store.ts'
import { LANES } from './lane.ts'

export const LANE_LEASE_MS = 15_000
const NODE_ALIVE_MS = 15_000

export interface HeldLane {
  readonly lane: number
  readonly cursor: number
  readonly fence: number
}

interface LaneRow extends Row {
  readonly lane: number
  readonly cursor: number
  readonly fence: number
}

const SEED = `INSERT INTO lanes (stage, lane, cursor, owner, fence, lease_until)
SELECT ?, value, 0, NULL, 0, 0 FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`

const BEAT = 'INSERT INTO nodes (id, seen_at) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at'
const FORGET = 'DELETE FROM nodes WHERE seen_at < ?'

/** Keeps what is ours, hands back what is above our share, takes what is free up to it. */
const RENEW = 'UPDATE lanes SET lease_until = ? WHERE stage = ? AND owner = ? AND lease_until > ?'
const SHARE = '(SELECT (? + count(*) - 1) / max(1, count(*)) FROM nodes WHERE seen_at >= ?)'
const RELEASE = `UPDATE lanes SET owner = NULL, lease_until = 0 WHERE stage = ? AND owner = ? AND lane IN
(SELECT lane FROM lanes WHERE stage = ? AND owner = ? ORDER BY lane LIMIT -1 OFFSET ${SHARE})`
const TAKE = `UPDATE lanes SET owner = ?, fence = fence + 1, lease_until = ? WHERE stage = ? AND lane IN
(SELECT lane FROM lanes WHERE stage = ? AND lease_until <= ? ORDER BY lane
 LIMIT max(0, ${SHARE} - (SELECT count(*) FROM lanes WHERE stage = ? AND owner = ? AND lease_until > ?)))`
const HELD = 'SELECT lane, cursor, fence FROM lanes WHERE stage = ? AND owner = ? AND lease_until > ? ORDER BY lane'

/** Renews, shares out and takes lanes for one node, then says which it holds. Called every third of a lease. */
export async function holdLanes(store: Store, stage: string, node: string, clock: Clock): Promise<HeldLane[]> {
  const now = clock.now()
  const until = now + LANE_LEASE_MS
  const alive = now - NODE_ALIVE_MS
  await store.commit([
    statement(BEAT, node, now),
    statement(FORGET, alive),
    statement(RENEW, until, stage, node, now),
    statement(RELEASE, stage, node, stage, node, LANES, alive),
    statement(TAKE, node, until, stage, stage, now, LANES, alive, stage, node, now),
  ])
  return (await store.all<LaneRow>(HELD, [stage, node, now])).map(({ lane, cursor, fence }) => ({ lane, cursor, fence }))
}

/** Makes the rows of a stage's lanes; harmless when they are there. */
export function seedLanes(stage: string): Statement {
  return statement(SEED, stage, JSON.stringify(Array.from({ length: LANES }, (_, i) => i)))
}

/** Gives a node's lanes back at an orderly stop, so that others need not wait for the lease to end. */
export function releaseLanes(node: string): Statement[] {
  return [
    statement('UPDATE lanes SET owner = NULL, lease_until = 0 WHERE owner = ?', node),
    statement('DELETE FROM nodes WHERE id = ?', node),
  ]
}

/** Condition: every given [lane, fence, cursor] is still ours and unmoved. For `guard`. */
export const LANES_HELD = `(SELECT count(*) FROM json_each(?) j CROSS JOIN lanes l ON l.stage = ? AND l.lane = j.value ->> 0
 WHERE l.fence = j.value ->> 1 AND l.cursor = j.value ->> 2 AND l.owner = ?) = ?`

export const ADVANCE = `UPDATE lanes SET cursor = ? WHERE stage = ? AND lane IN (SELECT value ->> 0 FROM json_each(?)) AND cursor < ?`

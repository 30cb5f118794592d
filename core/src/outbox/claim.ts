import { createHash } from 'node:crypto'
import type { Mapping } from '@throughline/contracts'
import { EACH } from '../db/each.ts'
import { statement, type Row, type Statement } from '../db/port.ts'
import { draft, type Draft } from '../sync/draft.ts'
import type { LinkState, RecordState } from '../sync/state.ts'

export type Operation = 'create' | 'update'

/** A delivery as one node holds it: its payload frozen, under a lease. */
export interface Claimed {
  readonly id: string
  readonly key: string
  readonly operation: Operation
  readonly payload: Draft
  readonly attempt: number
  readonly fence: number
  readonly link: LinkState
  readonly record: RecordState
  /** Whether an earlier attempt may have landed: look before writing. */
  readonly inDoubt: boolean
  readonly createdAt: number
}

/** One write in flight per object: what keeps an object's writes in order. A condition on `d`, a delivery. */
const NO_OPEN_WRITE = `NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.link_id = d.link_id AND o.state IN ('claimed', 'waiting', 'unknown'))`

/** In the words of the partial index `deliveries_due`: without them the planner cannot use it. */
const DUE = "d.state IN ('pending', 'waiting', 'unknown')"

/**
 * Pending rows whose object has no open write, oldest first. Creates wait until the target was read once. By rowid, which
 * the index ends with: by id, thousands that are due at one time would be sorted for each batch.
 */
export const PENDING = `SELECT d.id, d.wanted, d.link_id, d.record_id, d.created_at FROM deliveries d
WHERE d.connection = ? AND d.stream = ? AND ${DUE} AND d.state = 'pending' AND d.next_at <= ?
AND ${NO_OPEN_WRITE} ORDER BY d.next_at, d.rowid LIMIT ?`

/** Frozen rows that are due: to be sent again, or to be looked up. */
export const FROZEN = `SELECT d.id, d.state, d.key, d.operation, d.payload, d.alone, d.attempt, d.fence, d.link_id, d.record_id, d.created_at FROM deliveries d
WHERE d.connection = ? AND d.stream = ? AND ${DUE} AND d.state <> 'pending' AND d.next_at <= ? ORDER BY d.next_at, d.rowid LIMIT ?`

export const EXPIRE = `UPDATE deliveries SET state = 'unknown', next_at = ?, why = 'the node that held it did not answer in time'
WHERE connection = ? AND stream = ? AND state = 'claimed' AND lease_until <= ?`

export interface PendingRow extends Row {
  readonly id: string
  readonly wanted: number
  readonly link_id: string
  readonly record_id: string
  readonly created_at: number
}

export interface FrozenRow extends Row {
  readonly id: string
  readonly state: 'waiting' | 'unknown'
  readonly key: string
  readonly operation: Operation
  readonly payload: string
  readonly alone: number
  readonly attempt: number
  readonly fence: number
  readonly link_id: string
  readonly record_id: string
  readonly created_at: number
}

/** What a pending row turns into: a write with its payload, or nothing because the link is no longer behind. */
export interface Drafted {
  readonly row: PendingRow
  readonly link: LinkState
  readonly record: RecordState
  readonly operation: Operation
  readonly key: string
  readonly payload: Draft | null
}

/** Pure: the newest desired state at the moment of the claim. */
export function draftDelivery(row: PendingRow, link: LinkState, record: RecordState, mapping: Mapping): Drafted {
  const operation = link.externalId === null ? 'create' : 'update'
  const payload = link.state === 'open' ? draft(record, link, mapping, operation === 'create') : {}
  const isVoid = link.state !== 'open' || (Object.keys(payload).length === 0 && operation === 'update')
  return { row, link, record, operation, key: deliveryKey(link.id, operation, link.intentSeq + 1), payload: isVoid ? null : payload }
}

/** Never of values: the same intent has the same key on every node and every attempt. */
export function deliveryKey(linkId: string, operation: string, intentSeq: number): string {
  return createHash('sha256').update(`${linkId}\n${operation}\n${intentSeq}`).digest('base64url').slice(0, 32)
}

/** The statements that claim drafted rows. The first answers `id, fence, attempt` of those that were won. */
export function claimPending(drafted: readonly Drafted[], node: string, now: number, leaseUntil: number): Statement[] {
  const won = drafted.filter((d) => d.payload !== null)
  const rows = JSON.stringify(
    won.map((d) => [
      d.row.id,
      d.row.wanted,
      d.link.version,
      d.record.version,
      d.key,
      d.operation,
      d.link.externalId,
      JSON.stringify(d.payload),
      d.link.id,
      JSON.stringify(intentsOf(d.payload!)),
      d.link.intentSeq + 1,
    ]),
  )
  const voids = JSON.stringify(
    drafted.filter((d) => d.payload === null).map((d) => [d.row.id, d.row.wanted, d.link.id, d.link.version, d.record.version]),
  )
  const out = [statement(CLAIM_PENDING, node, leaseUntil, rows)]
  if (won.length > 0) out.push(statement(SET_INTENTS, rows, node))
  if (voids !== '[]') out.push(statement(VOID, now, voids))
  return out
}

/** Only rows that are still as they were read are claimed: same want, same link, same record, no other open write. */
const CLAIM_PENDING = `UPDATE deliveries AS d SET state = 'claimed', owner = ?, fence = fence + 1, lease_until = ?, attempt = attempt + 1,
 key = j.value ->> 4, operation = j.value ->> 5, external_id = j.value ->> 6, payload = j.value ->> 7
FROM ${EACH} j WHERE d.id = j.value ->> 0 AND d.state = 'pending' AND d.wanted = j.value ->> 1 AND ${NO_OPEN_WRITE}
AND EXISTS (SELECT 1 FROM links l WHERE l.id = j.value ->> 8 AND l.version = j.value ->> 2)
AND EXISTS (SELECT 1 FROM records r WHERE r.id = d.record_id AND r.version = j.value ->> 3)
RETURNING id, fence, attempt`

const SET_INTENTS = `UPDATE links SET intents = j.value ->> 9, intent_seq = j.value ->> 10, version = links.version + 1
FROM ${EACH} j WHERE links.id = j.value ->> 8 AND links.version = j.value ->> 2
AND EXISTS (SELECT 1 FROM deliveries d WHERE d.id = j.value ->> 0 AND d.state = 'claimed' AND d.owner = ? AND d.key = j.value ->> 4)`

const VOID = `UPDATE deliveries SET state = 'void', settled_at = ?, why = 'nothing left to send'
FROM json_each(?) j WHERE deliveries.id = j.value ->> 0 AND deliveries.state = 'pending' AND deliveries.wanted = j.value ->> 1
AND EXISTS (SELECT 1 FROM links l WHERE l.id = j.value ->> 2 AND l.version = j.value ->> 3)
AND EXISTS (SELECT 1 FROM records r WHERE r.id = deliveries.record_id AND r.version = j.value ->> 4)`

const CLAIM_FROZEN = `UPDATE deliveries SET state = 'claimed', owner = ?, fence = fence + 1, lease_until = ?, attempt = attempt + 1
FROM json_each(?) j WHERE deliveries.id = j.value ->> 0 AND deliveries.state = j.value ->> 1 AND deliveries.fence = j.value ->> 2
RETURNING id, fence, attempt`

/** Claims frozen rows again, payload and key unchanged. Answers as `claimPending` does. */
export function claimFrozen(rows: readonly FrozenRow[], node: string, leaseUntil: number): Statement {
  return statement(CLAIM_FROZEN, node, leaseUntil, JSON.stringify(rows.map((row) => [row.id, row.state, row.fence])))
}

function intentsOf(payload: Draft): LinkState['intents'] {
  return Object.fromEntries(Object.entries(payload).map(([field, { value }]) => [field, value]))
}

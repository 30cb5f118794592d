import { statement, type Row, type Statement } from '../db/port.ts'
import { AnswerUnknown } from '../db/errors.ts'
import {
  claimFrozen,
  claimPending,
  draftDelivery,
  EXPIRE,
  FROZEN,
  PENDING,
  type Claimed,
  type FrozenRow,
  type PendingRow,
} from './claim.ts'
import type { Draft } from '../sync/draft.ts'
import { loadHeld } from './held.ts'
import type { Route } from '../routes.ts'
import type { StageDeps, Step } from '../stage.ts'

const HAS_EXPIRED = "SELECT 1 AS one FROM deliveries WHERE connection = ? AND stream = ? AND state = 'claimed' AND lease_until <= ? LIMIT 1"
const CAUGHT_UP = 'SELECT caught_up_at FROM cursors WHERE connection = ? AND stream = ?'
const EARLIEST =
  "SELECT min(next_at) AS at FROM deliveries WHERE connection = ? AND stream = ? AND state IN ('pending', 'waiting', 'unknown')"
const IDLE_MS = 1_000
interface Won extends Row {
  readonly id: string
  readonly fence: number
  readonly attempt: number
}

/** One batch under a lease, all of one operation. */
export interface Batch {
  readonly claimed: readonly Claimed[]
  readonly isProbe: boolean
  readonly leaseUntil: number
}

/**
 * Hands out what one stream's outbox has due: first what is frozen (to be sent again, or looked up), then what is pending.
 * Answers a `Step` when there is nothing, or nothing may go now.
 */
export function createOutbox(
  route: Route,
  deps: StageDeps,
  tuning: { readonly leaseMs: number; readonly paceMs: number },
): { take(): Promise<Step | Batch> } {
  const { store, clock, node } = deps
  const { connection, name, stream } = route
  const limit = stream.can.batch.write
  let isCaughtUp = stream.can.pull !== true
  let claiming: Promise<unknown> = Promise.resolve()
  let partialUntil = 0

  /** Claims run one after another, so that two workers do not reach for the same rows. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = claiming.then(work, work)
    claiming = turn.catch(() => undefined)
    return turn
  }

  async function takeBatch(): Promise<Step | Batch> {
    const now = clock.now()
    if ((await store.all(HAS_EXPIRED, [connection, name, now])).length > 0) {
      await store.commit([statement(EXPIRE, now + stream.can.visibilityMs, connection, name, now)])
    }
    const frozen = await store.all<FrozenRow>(FROZEN, [connection, name, now, limit])
    const pending = frozen.length > 0 ? [] : await pendingRows(now)
    if (frozen.length === 0 && pending.length === 0) return idle(now)
    if (frozen.length === 0 && pending.length < limit && now < partialUntil) return { more: false, wakes: false, at: partialUntil }
    const leave = await route.gate.ask()
    if (!leave.go) return { more: false, wakes: false, at: leave.at }
    const leaseUntil = clock.now() + tuning.leaseMs
    const batch = frozen.length > 0 ? await takeFrozen(frozen, leaseUntil) : await takePending(pending, leaseUntil)
    if (batch.length === 0) {
      await route.gate.report({ kind: 'unused' })
      return { more: true, wakes: false, at: now }
    }
    if (batch.length < limit) partialUntil = clock.now() + tuning.paceMs
    return { claimed: batch, isProbe: leave.probe, leaseUntil }
  }

  async function pendingRows(now: number): Promise<PendingRow[]> {
    if (!isCaughtUp) {
      const [row] = await store.all<{ caught_up_at: number | null }>(CAUGHT_UP, [connection, name])
      if (row?.caught_up_at == null) return []
      isCaughtUp = true
    }
    return store.all<PendingRow>(PENDING, [connection, name, now, limit])
  }

  async function idle(now: number): Promise<Step> {
    const [next] = await store.all<{ at: number | null }>(EARLIEST, [connection, name])
    const due = next?.at ?? now + IDLE_MS
    return { more: false, wakes: false, at: Math.min(now + IDLE_MS, due <= now ? now + IDLE_MS / 4 : due) }
  }

  async function takePending(rows: readonly PendingRow[], leaseUntil: number): Promise<Claimed[]> {
    const { links, records } = await loadHeld(store, rows)
    const drafted = rows.flatMap((row) => {
      const link = links.get(row.link_id)
      const record = records.get(row.record_id)
      return link && record ? [draftDelivery(row, link, record, route.mapping)] : []
    })
    const operation = drafted.find((item) => item.payload !== null)?.operation
    const chosen = drafted.filter((item) => item.payload === null || item.operation === operation)
    const won = await win(claimPending(chosen, node, clock.now(), leaseUntil))
    return chosen.flatMap((item) => {
      const row = won.get(item.row.id)
      if (!row || item.payload === null) return []
      const { key, payload, link, record } = item
      return [
        {
          id: item.row.id,
          key,
          operation: item.operation,
          payload,
          attempt: row.attempt,
          fence: row.fence,
          link,
          record,
          inDoubt: false,
          createdAt: item.row.created_at,
        },
      ]
    })
  }

  async function takeFrozen(rows: readonly FrozenRow[], leaseUntil: number): Promise<Claimed[]> {
    const first = rows[0]!
    const chosen = first.alone === 1 ? [first] : rows.filter((row) => row.operation === first.operation && row.alone === 0)
    const { links, records } = await loadHeld(store, chosen)
    const won = await win([claimFrozen(chosen, node, leaseUntil)])
    return chosen.flatMap((item) => {
      const row = won.get(item.id)
      const link = links.get(item.link_id)
      const record = records.get(item.record_id)
      if (!row || !link || !record) return []
      const payload = JSON.parse(item.payload) as Draft
      return [
        {
          id: item.id,
          key: item.key,
          operation: item.operation,
          payload,
          attempt: row.attempt,
          fence: row.fence,
          link,
          record,
          inDoubt: item.state === 'unknown',
          createdAt: item.created_at,
        },
      ]
    })
  }

  async function win(unit: readonly Statement[]): Promise<Map<string, Won>> {
    try {
      const [rows] = (await store.commit(unit)) as [Won[]]
      return new Map(rows.map((row) => [row.id, row]))
    } catch (error) {
      // Claimed, but by an answer that was lost: the lease will end and the rows be looked up.
      if (error instanceof AnswerUnknown) return new Map()
      throw error
    }
  }

  return { take: () => inTurn(takeBatch) }
}

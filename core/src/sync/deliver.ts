import { VendorError, type Delivery, type RawRecord, type WriteResult } from '@throughline/sdk'
import { within } from '../clock.ts'
import { statement, type Row, type Statement } from '../db/port.ts'
import { AnswerUnknown, ConstraintFailed, GuardFailed } from '../db/errors.ts'
import { logEnd, type StageDeps, type Step } from '../intake/fetch.ts'
import { MARK } from './write-world.ts'
import {
  claimFrozen,
  claimPending,
  draftDelivery,
  EXPIRE,
  FROZEN,
  LINKS_BY_ID,
  PENDING,
  RECORDS_BY_ID,
  type Claimed,
  type FrozenRow,
  type Operation,
  type PendingRow,
} from './claim.ts'
import type { Draft } from './draft.ts'
import { examine } from './examine.ts'
import { outcomeOf } from './gate.ts'
import { backoff } from './retry.ts'
import type { Route } from './routes.ts'
import { toLink, toRecord, type LinkRow, type RecordRow } from './rows.ts'
import { settle, type Settlement } from './settle.ts'
import type { LinkState, RecordState } from './state.ts'
import { writeSettled, type Settled } from './write-settled.ts'

export interface DeliverTuning {
  /** Limit of one vendor call, ms. */
  readonly callMs: number
  /** How long a claim lasts, ms: longer than the calls it makes. */
  readonly leaseMs: number
  /** A batch that is not full follows another one no sooner than this, ms: changes gather meanwhile. */
  readonly paceMs: number
}

export const DELIVER: DeliverTuning = { callMs: 30_000, leaseMs: 100_000, paceMs: 250 }

const HAS_EXPIRED = "SELECT 1 AS one FROM deliveries WHERE connection = ? AND stream = ? AND state = 'claimed' AND lease_until <= ? LIMIT 1"
const CAUGHT_UP = 'SELECT caught_up_at FROM cursors WHERE connection = ? AND stream = ?'
const EARLIEST =
  "SELECT min(next_at) AS at FROM deliveries WHERE connection = ? AND stream = ? AND state IN ('pending', 'waiting', 'unknown')"
const IDLE_MS = 1_000
const MERGE_MS = 50
const MERGES = 12

interface Won extends Row {
  readonly id: string
  readonly fence: number
  readonly attempt: number
}

/**
 * Sends one stream's deliveries: claim (payload frozen, values become intents) → look → write → settle. Several workers
 * may share one deliverer; claims go one at a time, calls overlap.
 */
export function createDeliver(route: Route, deps: StageDeps, tuning: DeliverTuning = DELIVER): { step(): Promise<Step> } {
  const { store, clock, ids, node, stop } = deps
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

  async function step(): Promise<Step> {
    const claim = await inTurn(takeBatch)
    if (!('batch' in claim)) return claim
    const { batch, isProbe, leaseUntil } = claim
    const wakes = await send(batch, isProbe, leaseUntil)
    return { more: true, wakes, at: clock.now() }
  }

  async function takeBatch(): Promise<
    Step | { readonly batch: readonly Claimed[]; readonly isProbe: boolean; readonly leaseUntil: number }
  > {
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
    if (batch.length === 0) return { more: true, wakes: false, at: now }
    if (batch.length < limit) partialUntil = clock.now() + tuning.paceMs
    return { batch, isProbe: leave.probe, leaseUntil }
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
    const { links, records } = await load(rows)
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
    const { links, records } = await load(chosen)
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

  async function load(
    rows: readonly { readonly link_id: string; readonly record_id: string }[],
  ): Promise<{ links: Map<string, LinkState>; records: Map<string, RecordState> }> {
    const links = await store.all<LinkRow>(LINKS_BY_ID, [JSON.stringify(rows.map((row) => row.link_id))])
    const records = await store.all<RecordRow>(RECORDS_BY_ID, [JSON.stringify(rows.map((row) => row.record_id))])
    return { links: new Map(links.map((row) => [row.id, toLink(row)])), records: new Map(records.map((row) => [row.id, toRecord(row)])) }
  }

  /** Looks, writes and settles one claimed batch. Answers whether something was appended to the log. */
  async function send(batch: readonly Claimed[], isProbe: boolean, leaseUntil: number): Promise<boolean> {
    const asOf = await logEnd(store)
    const outcomes = new Map<Claimed, Settlement>()
    try {
      await look(batch, outcomes)
    } catch (error) {
      if (stop.aborted) throw error
      const limited = error instanceof VendorError && error.next === 'limited'
      await route.gate.report(outcomeOf(error))
      const why = `could not look before writing: ${error instanceof Error ? error.message : 'unknown error'}`
      // Nothing was written by this attempt; one in doubt stays in doubt.
      for (const claimed of batch) {
        const result: WriteResult = {
          next: 'retry',
          why,
          limited: limited || isProbe,
          exchange: NO_EXCHANGE,
          ...(error instanceof VendorError && error.at !== undefined ? { at: error.at } : {}),
        }
        const outcome = settle(claimed, result, clock.now(), ids.random(), stream.can.visibilityMs, isProbe)
        outcomes.set(
          claimed,
          claimed.inDoubt && outcome.to === 'waiting' ? { to: 'unknown', at: outcome.at, why, exchange: outcome.exchange } : outcome,
        )
      }
    }
    const toSend = batch.filter((claimed) => !outcomes.has(claimed))
    if (toSend.length > 0) await write(toSend, outcomes, isProbe, leaseUntil)
    return commit(batch, outcomes, asOf)
  }

  /** Reads what is over there now and decides, delivery by delivery, whether to write at all. */
  async function look(batch: readonly Claimed[], outcomes: Map<Claimed, Settlement>): Promise<void> {
    const byKey = new Map<Claimed, RawRecord[]>()
    const others = new Map<Claimed, RawRecord[]>()
    const operation: Operation = batch[0]!.operation
    if (operation === 'update') {
      if (stream.can.versionCheck === true && !batch.some((claimed) => claimed.inDoubt)) return
      const wanted = batch.map((claimed) => claimed.link.externalId!)
      const answers = await inChunks(wanted, stream.can.batch.read, (part, signal) => route.remote.read(name, part, signal))
      for (const claimed of batch) byKey.set(claimed, [answers.get(claimed.link.externalId!) ?? gone(claimed.link.externalId!)])
    } else if (stream.can.find === true) {
      const doubtful = batch.filter((claimed) => claimed.inDoubt)
      if (doubtful.length > 0 && route.keyProperty !== null) {
        const ours = doubtful.map((claimed) => claimed.record.id)
        const found = await inChunks(ours, stream.can.batch.find, (part, signal) =>
          route.remote.find(name, route.keyProperty!, part, signal),
        )
        for (const claimed of doubtful) byKey.set(claimed, [...(found.get(claimed.record.id) ?? [])])
      }
      for (const kind of route.mapping.match) await lookByIdentity(kind, batch, others)
    }
    for (const claimed of batch) {
      const verdict = examine(claimed, { byKey: byKey.get(claimed) ?? [], others: others.get(claimed) ?? [] }, route)
      switch (verdict.next) {
        case 'send':
          break
        case 'done':
          outcomes.set(claimed, { to: 'done', receipt: { externalId: verdict.found.id, raw: verdict.found, created: false } })
          break
        case 'merge':
          outcomes.set(claimed, mergeFirst(claimed, verdict.found))
          break
      }
    }
  }

  /** The merge that has to come first normally takes a moment; one that never helps waits for a person. */
  function mergeFirst(claimed: Claimed, found: readonly RawRecord[]): Settlement {
    const why = 'it was changed over there meanwhile: merged first'
    if (claimed.attempt >= MERGES)
      return { to: 'dead', why: `${why}, ${claimed.attempt} times without end`, exchange: JSON.stringify(NO_EXCHANGE) }
    return { to: 'superseded', found, at: clock.now() + MERGE_MS + backoff(claimed.attempt, ids.random()), why }
  }

  async function lookByIdentity(kind: string, batch: readonly Claimed[], others: Map<Claimed, RawRecord[]>): Promise<void> {
    const identity = route.contract.identities.find((candidate) => candidate.kind === kind)
    const field = route.mapping.fields.find((candidate) => candidate.field === identity?.field)
    if (!field) return
    const values = new Map<Claimed, string>()
    for (const claimed of batch) {
      const value = claimed.payload[field.field]?.raw
      if (typeof value === 'string' && value !== '') values.set(claimed, value)
    }
    if (values.size === 0) return
    const asked = [...new Set(values.values())]
    const found = await inChunks(asked, stream.can.batch.find, (part, signal) => route.remote.find(name, field.remote, part, signal))
    for (const [claimed, value] of values) {
      const same = (found.get(value) ?? []).filter((raw) => raw.state === 'live')
      if (same.length > 0) others.set(claimed, [...(others.get(claimed) ?? []), ...same])
    }
  }

  async function inChunks<T>(
    items: readonly string[],
    size: number,
    ask: (part: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, T>>,
  ): Promise<Map<string, T>> {
    const all = new Map<string, T>()
    for (let from = 0; from < items.length; from += size) {
      const answers = await within(clock, tuning.callMs, stop, (signal) => ask(items.slice(from, from + size), signal))
      await route.gate.report({ kind: 'ok' })
      for (const [key, value] of answers) all.set(key, value)
    }
    return all
  }

  async function write(
    toSend: readonly Claimed[],
    outcomes: Map<Claimed, Settlement>,
    isProbe: boolean,
    leaseUntil: number,
  ): Promise<void> {
    const deliveries = toSend.map(toDelivery)
    // The last look at the lease before the call, with no await between: a node that was paused past it sends nothing.
    if (clock.now() + tuning.callMs > leaseUntil) {
      for (const claimed of toSend)
        outcomes.set(claimed, {
          to: 'waiting',
          at: clock.now(),
          alone: false,
          freeAttempt: true,
          why: 'the lease was about to end',
          exchange: 'null',
        })
      return
    }
    const results = await within(clock, tuning.callMs, stop, (signal) => route.remote.write(name, deliveries, signal))
    for (const [i, claimed] of toSend.entries()) {
      const result = results[i] ?? { next: 'unknown', why: 'the connector gave no result for this row', exchange: NO_EXCHANGE }
      outcomes.set(claimed, settle(claimed, result, clock.now(), ids.random(), stream.can.visibilityMs, isProbe))
    }
    const limited = results.find((result) => result.next === 'retry' && result.limited)
    if (limited) await route.gate.report({ kind: 'limited', ...('at' in limited ? { at: limited.at } : {}) })
    else if (results.every((result) => result.next === 'unknown' || (result.next === 'retry' && !result.alone)))
      await route.gate.report({ kind: 'fault', why: results[0] && 'why' in results[0] ? results[0].why : 'no answer' })
    else await route.gate.report({ kind: 'ok' })
  }

  async function commit(batch: readonly Claimed[], outcomes: ReadonlyMap<Claimed, Settlement>, asOf: number): Promise<boolean> {
    for (;;) {
      const { links } = await load(batch.map((claimed) => ({ link_id: claimed.link.id, record_id: claimed.record.id })))
      const settled: Settled[] = batch.map((claimed) => ({
        claimed,
        link: links.get(claimed.link.id) ?? claimed.link,
        outcome: outcomes.get(claimed)!,
      }))
      try {
        await store.commit(writeSettled(settled, route, ids, clock.now(), asOf))
        return settled.some(({ outcome }) => outcome.to === 'superseded')
      } catch (error) {
        if (error instanceof ConstraintFailed) return await commitSingly(settled, asOf)
        if (!(error instanceof GuardFailed) || !(await stillHeld(batch))) throw error
        // A snapshot moved a link meanwhile: settle on the link as it is now.
      }
    }
  }

  /** An external id that another link holds already fails its own row only; that row waits for a person. */
  async function commitSingly(settled: readonly Settled[], asOf: number): Promise<boolean> {
    for (const one of settled) {
      try {
        await store.commit(writeSettled([one], route, ids, clock.now(), asOf))
      } catch (error) {
        if (!(error instanceof ConstraintFailed) || one.outcome.to !== 'done') throw error
        const { externalId } = one.outcome.receipt
        const why = `${connection} answered with ${name} ${externalId}, which is linked to another record`
        const at = clock.now()
        await store.commit([
          ...writeSettled([{ ...one, outcome: { to: 'dead', why, exchange: JSON.stringify(NO_EXCHANGE) } }], route, ids, at, asOf),
          statement(MARK, at, JSON.stringify([[connection, name, externalId, asOf]])),
        ])
      }
    }
    return true
  }

  async function stillHeld(batch: readonly Claimed[]): Promise<boolean> {
    const rows = await store.all<{ id: string }>(
      "SELECT d.id FROM json_each(?) j JOIN deliveries d ON d.id = j.value ->> 0 AND d.fence = j.value ->> 1 AND d.state = 'claimed'",
      [JSON.stringify(batch.map((claimed) => [claimed.id, claimed.fence]))],
    )
    return rows.length === batch.length
  }

  return { step }
}

const NO_EXCHANGE = { method: '', path: '', request: '', status: null, answer: '' } as const

function gone(id: string): RawRecord {
  return { id, state: 'deleted', modifiedAt: null, modifiedText: null, actor: null, body: null }
}

function toDelivery(claimed: Claimed): Delivery {
  const patch = Object.fromEntries(Object.values(claimed.payload).map((sent) => [sent.remote, sent.raw]))
  const { key, operation, link, record } = claimed
  return {
    key,
    operation,
    recordId: record.id,
    externalId: link.externalId,
    patch,
    basedOn: link.remoteAt === null ? null : new Date(link.remoteAt).toISOString(),
  }
}

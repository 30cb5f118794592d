import { VendorError, type Delivery, type WriteResult } from '@throughline/sdk'
import { within } from '../clock.ts'
import { ConstraintFailed, GuardFailed } from '../db/errors.ts'
import { statement } from '../db/port.ts'
import type { Claimed } from './claim.ts'
import { outcomeOf } from '../gate/gate.ts'
import { loadLinks } from './held.ts'
import { createLook } from './look.ts'
import { createOutbox, type Batch } from './outbox.ts'
import type { Route } from '../routes.ts'
import { NO_EXCHANGE, settle, type Settlement } from './settle.ts'
import { writeSettled, type Settled } from './write-settled.ts'
import { logEnd } from '../log/end.ts'
import type { StageDeps, Step } from '../stage.ts'
import { MARK } from '../log/mark.ts'

export interface DeliverTuning {
  /** Limit of one vendor call, ms. */
  readonly callMs: number
  /** How long a claim lasts, ms: longer than the calls it makes. */
  readonly leaseMs: number
  /** A batch that is not full follows another one no sooner than this, ms: changes gather meanwhile. */
  readonly paceMs: number
}

export const DELIVER: DeliverTuning = { callMs: 30_000, leaseMs: 100_000, paceMs: 250 }

/**
 * Sends one stream's deliveries: claim (payload frozen, values become intents) → look → write → settle. Several workers
 * may share one deliverer; claims go one at a time, calls overlap.
 */
export function createDeliver(route: Route, deps: StageDeps, tuning: DeliverTuning = DELIVER): { step(): Promise<Step> } {
  const { store, clock, ids, stop } = deps
  const { connection, name, stream } = route
  const outbox = createOutbox(route, deps, tuning)
  const look = createLook(route, deps, tuning.callMs)

  async function step(): Promise<Step> {
    const taken = await outbox.take()
    if (!('claimed' in taken)) return taken
    const wakes = await send(taken)
    return { more: true, wakes, at: clock.now() }
  }

  /** Looks, writes and settles one claimed batch. Answers whether something was appended to the log. */
  async function send({ claimed: batch, isProbe, leaseUntil }: Batch): Promise<boolean> {
    const asOf = await logEnd(store)
    let outcomes = new Map<Claimed, Settlement>()
    try {
      outcomes = await look(batch)
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
      await route.gate.report({ kind: 'unused' })
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
      const links = await loadLinks(
        store,
        batch.map((claimed) => claimed.link.id),
      )
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
      "SELECT d.id FROM json_each(?) j CROSS JOIN deliveries d ON d.id = j.value ->> 0 AND d.fence = j.value ->> 1 AND d.state = 'claimed'",
      [JSON.stringify(batch.map((claimed) => [claimed.id, claimed.fence]))],
    )
    return rows.length === batch.length
  }

  return { step }
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

import type { RawRecord } from '@throughline/sdk'
import { within } from '../clock.ts'
import { goneRecord } from '../log/snapshot.ts'
import type { Claimed } from './claim.ts'
import { examine, isOvertaken } from './examine.ts'
import { backoff } from '../gate/retry.ts'
import type { Route } from '../routes.ts'
import { NO_EXCHANGE, type Settlement } from './settle.ts'
import type { StageDeps } from '../stage.ts'

const MERGE_MS = 50
const MERGES = 12

/**
 * Reads what is over there now and decides, delivery by delivery, whether to write at all. Answers only those that are
 * settled without a write. Throws what the connector throws; nothing was written then.
 */
export function createLook(
  route: Route,
  deps: StageDeps,
  callMs: number,
): (batch: readonly Claimed[]) => Promise<Map<Claimed, Settlement>> {
  const { clock, ids, stop } = deps
  const { name, stream } = route

  async function look(batch: readonly Claimed[]): Promise<Map<Claimed, Settlement>> {
    const outcomes = new Map<Claimed, Settlement>()
    const byKey = new Map<Claimed, RawRecord[]>()
    const others = new Map<Claimed, RawRecord[]>()
    if (batch[0]!.operation === 'update') {
      if (stream.can.versionCheck === true && !batch.some(needsLook)) return outcomes
      const wanted = batch.map((claimed) => claimed.link.externalId!)
      const answers = await inChunks(wanted, stream.can.batch.read, (part, signal) => route.remote.read(name, part, signal))
      for (const claimed of batch) byKey.set(claimed, [answers.get(claimed.link.externalId!) ?? goneRecord(claimed.link.externalId!)])
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
      if (claimed.inDoubt && claimed.operation === 'create' && route.keyProperty === null) {
        const why = 'it may have been created, and this system offers no way to tell: look there, then retry or link it'
        outcomes.set(claimed, { to: 'dead', why, exchange: JSON.stringify(NO_EXCHANGE) })
        continue
      }
      const verdict = examine(claimed, { byKey: byKey.get(claimed) ?? [], others: others.get(claimed) ?? [] }, route)
      switch (verdict.next) {
        case 'send':
          break
        case 'done':
          outcomes.set(claimed, {
            to: 'done',
            receipt: { externalId: verdict.found.id, raw: null, created: false },
            found: verdict.found,
          })
          break
        case 'merge':
          outcomes.set(claimed, mergeFirst(claimed, verdict.found))
          break
      }
    }
    return outcomes
  }

  /** Where the vendor checks versions, only what the check cannot see: an attempt in doubt, or a payload that is out of date. */
  function needsLook(claimed: Claimed): boolean {
    return claimed.inDoubt || route.mapping.fields.some((field) => isOvertaken(claimed, field))
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
      const answers = await within(clock, callMs, stop, (signal) => ask(items.slice(from, from + size), signal))
      await route.gate.report({ kind: 'ok' })
      for (const [key, value] of answers) all.set(key, value)
    }
    return all
  }

  return look
}

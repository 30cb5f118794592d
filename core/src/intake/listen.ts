import { LISTEN_SILENCE_MS, VendorError, type Heard } from '@throughline/sdk'
import { within } from '../clock.ts'
import { guard, statement, type Row, type Statement } from '../db/port.ts'
import { GuardFailed } from '../db/errors.ts'
import { append, type NewEvent } from '../log/append.ts'
import { outcomeOf } from '../gate/gate.ts'
import { retryAt } from '../gate/retry.ts'
import type { Route } from '../routes.ts'
import { toEvent } from './accept.ts'
import { dedupeKey } from '../log/dedupe.ts'
import type { StageDeps, Step } from '../stage.ts'

/** The row of `cursors` that holds a connection's place in its stream of events; no stream can have this name. */
export const EVENTS_CURSOR = '~events'

/** Every piece renews it, and a piece comes at least every `LISTEN_SILENCE_MS`. */
const LEASE_MS = LISTEN_SILENCE_MS + 60_000
/** How soon a node looks whether the one that listens is gone. */
const LOOK_MS = 10_000
const REFUSED_MS = 600_000

const SEED = `INSERT INTO cursors (connection, stream, cursor, caught_up_at, next_at, owner, fence, lease_until) VALUES (?, ?, NULL, NULL, 0, NULL, 0, 0) ON CONFLICT DO NOTHING`
const READ = 'SELECT next_at, lease_until FROM cursors WHERE connection = ? AND stream = ?'
const CLAIM = `UPDATE cursors SET owner = ?, fence = fence + 1, lease_until = ? WHERE connection = ? AND stream = ? AND next_at <= ? AND lease_until <= ? RETURNING cursor, fence`
const HELD = '(SELECT fence FROM cursors WHERE connection = ? AND stream = ?) = ?'
const MOVE = 'UPDATE cursors SET cursor = ?, lease_until = ? WHERE connection = ? AND stream = ?'
const LATER = 'UPDATE cursors SET next_at = ?, lease_until = 0 WHERE connection = ? AND stream = ? AND fence = ?'
const POLL_SOON = 'UPDATE cursors SET next_at = 0 WHERE connection = ? AND stream IN (SELECT value FROM json_each(?))'
/** A poll that runs meanwhile loses its lease: the place it would store is no longer the place to go on from. */
const POLL_ANEW =
  'UPDATE cursors SET cursor = NULL, next_at = 0, lease_until = 0, fence = fence + 1 WHERE connection = ? AND stream IN (SELECT value FROM json_each(?))'

interface Claim extends Row {
  readonly cursor: string | null
  readonly fence: number
}

export interface Listening extends StageDeps {
  /** Something was appended to the log, or a poll was asked for: their stages have work. */
  woke(stage: 'apply' | 'poll'): void
  log(message: string, details: Readonly<Record<string, string>>): void
}

/**
 * Listens to a connection's stream of events and appends what it hears to the log, a piece, its cursor and its gap in one
 * commit. One node listens to a connection, by lease. A step lasts as long as the stream does; polling goes on beside it.
 */
export function createListen(route: Pick<Route, 'connection' | 'remote' | 'gate'>, deps: Listening): { step(): Promise<Step> } {
  const { store, clock, ids, node, stop } = deps
  const { connection } = route
  let failures = 0

  async function step(): Promise<Step> {
    await store.commit([statement(SEED, connection, EVENTS_CURSOR)])
    const now = clock.now()
    const [state] = await store.all<{ next_at: number; lease_until: number }>(READ, [connection, EVENTS_CURSOR])
    const dueAt = Math.max(state!.next_at, state!.lease_until)
    if (dueAt > now) return rest(Math.min(dueAt, now + LOOK_MS))
    const leave = await route.gate.ask()
    if (!leave.go) return rest(leave.at)
    const [rows] = (await store.commit([statement(CLAIM, node, now + LEASE_MS, connection, EVENTS_CURSOR, now, now)])) as [Claim[]]
    const held = rows[0]
    if (!held) {
      await route.gate.report({ kind: 'unused' })
      return rest(now + LOOK_MS)
    }
    return hear(held)
  }

  async function hear(held: Claim): Promise<Step> {
    let isFirst = true
    try {
      for await (const piece of pieces(held.cursor)) {
        if (isFirst) await route.gate.report({ kind: 'ok' })
        isFirst = false
        failures = 0
        await store.commit([guard(HELD, connection, EVENTS_CURSOR, held.fence), ...statementsOf(piece)])
        if (piece.signals.length > 0) deps.woke('apply')
        if (!piece.gap) continue
        deps.log('changes were not heard of and are polled', { connection, extent: piece.gap.extent, why: piece.gap.why })
        deps.woke('poll')
      }
      return await pause(held.fence, clock.now() + LOOK_MS)
    } catch (error) {
      if (stop.aborted) {
        // Another node need not wait for the lease to end.
        await pause(held.fence, clock.now())
        throw error
      }
      if (error instanceof GuardFailed) return rest(clock.now() + LOOK_MS)
      failures += 1
      const isRefused = error instanceof VendorError && error.next === 'reject'
      // A stream that is not there says nothing of the vendor's health.
      await route.gate.report(isRefused ? { kind: 'unused' } : outcomeOf(error))
      deps.log('listening ended and begins again later', {
        connection,
        why: error instanceof VendorError ? error.message : 'unknown error',
      })
      const now = clock.now()
      const vendorAt = error instanceof VendorError ? error.at : undefined
      return pause(held.fence, isRefused ? now + REFUSED_MS : Math.max(now + 1_000, retryAt(now, failures, ids.random(), vendorAt)))
    }
  }

  function statementsOf({ signals, cursor, gap }: Heard): Statement[] {
    const at = clock.now()
    const events = new Map<string, NewEvent>()
    for (const signal of signals) {
      const key = dedupeKey(connection, signal.id, signal.time)
      if (!events.has(key)) events.set(key, toEvent(ids.next(), null, connection, signal, key, at))
    }
    return [
      ...append([...events.values()]),
      statement(MOVE, cursor, at + LEASE_MS, connection, EVENTS_CURSOR),
      ...(gap ? [statement(gap.extent === 'all' ? POLL_ANEW : POLL_SOON, connection, JSON.stringify(gap.streams))] : []),
    ]
  }

  /** The vendor's pieces, each within the silence that is allowed. */
  async function* pieces(cursor: string | null): AsyncIterable<Heard> {
    const limit = new AbortController()
    const iterator = route.remote.listen!(cursor, AbortSignal.any([stop, limit.signal]))[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await within(clock, LISTEN_SILENCE_MS, stop, (signal) => {
          signal.addEventListener('abort', () => limit.abort(signal.reason), { once: true })
          return iterator.next()
        })
        if (next.done) return
        yield next.value
      }
    } finally {
      limit.abort()
      await iterator.return?.()
    }
  }

  async function pause(fence: number, at: number): Promise<Step> {
    await store.commit([statement(LATER, at, connection, EVENTS_CURSOR, fence)])
    return rest(at)
  }

  return { step }
}

function rest(at: number): Step {
  return { more: false, wakes: false, at }
}

import { guard, statement, type Statement } from '../db/port.ts'
import { ConstraintFailed, GuardFailed } from '../db/errors.ts'
import type { Store } from '../db/store.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { ADVANCE, holdLanes, LANE_LEASE_MS, LANES_HELD, type HeldLane } from '../log/leases.ts'
import { absorb } from './absorb.ts'
import { routeKey, type Routes } from '../routes.ts'
import { understand, type EventRow, type Understood } from './understand.ts'
import { loadWorld, type World } from './world.ts'
import { writeWorld } from './write-world.ts'

export const APPLY = 'apply'
const BATCH = 200
const SINGLY_AFTER = 4
const PARK_AFTER = 10
const READ = 'SELECT seq, source, type, stream, external_id, lane, received_at, as_of, body FROM events WHERE seq > ? ORDER BY seq LIMIT ?'

export interface ApplyDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly node: string
  readonly routes: Routes
}

/** What a step did: how many events, whether more wait, and which streams got something to read or to write. */
export interface ApplyStep {
  readonly events: number
  readonly more: boolean
  /** Keys of `routeKey`. */
  readonly toRead: ReadonlySet<string>
  readonly toWrite: ReadonlySet<string>
}

const NOTHING: ApplyStep = { events: 0, more: false, toRead: new Set(), toWrite: new Set() }

/**
 * The stage that turns the log into records and deliveries: load → decide → one guarded commit with the cursors of its
 * lanes. Call `step` until it says there is no more, then when something was appended; repeats are harmless.
 */
export function createApply(deps: ApplyDeps): { step(): Promise<ApplyStep> } {
  const { store, clock, ids, node, routes } = deps
  let lanes: HeldLane[] = []
  let renewAt = 0
  // Aborts in a row. Another node's work explains a few; one event that aborts alone, again and again, is poison.
  let aborts = 0

  async function renew(): Promise<void> {
    lanes = await holdLanes(store, APPLY, node, clock)
    renewAt = clock.now() + LANE_LEASE_MS / 3
  }

  async function step(): Promise<ApplyStep> {
    if (clock.now() >= renewAt) await renew()
    if (lanes.length === 0) return NOTHING
    const from = Math.min(...lanes.map((lane) => lane.cursor))
    const rows = await store.all<EventRow>(READ, [from, aborts >= SINGLY_AFTER ? 1 : BATCH])
    if (rows.length === 0) return NOTHING
    const to = rows.at(-1)!.seq
    const cursorOf = new Map(lanes.map((lane) => [lane.lane, lane.cursor]))
    const mine = rows.filter((row) => row.seq > (cursorOf.get(row.lane) ?? Number.POSITIVE_INFINITY))
    let world: World
    try {
      world = await apply(mine, to)
      aborts = 0
      lanes = lanes.map((lane) => ({ ...lane, cursor: Math.max(lane.cursor, to) }))
    } catch (error) {
      if (!(error instanceof GuardFailed || error instanceof ConstraintFailed)) throw error
      // Somebody else moved a record, a link or a lane: look again. A lane may be lost; the renewal tells.
      aborts += 1
      await renew()
      return { ...NOTHING, more: true }
    }
    const links = [...world.wanted.keys()].map((id) => world.links.get(id)!.now)
    return {
      events: mine.length,
      more: rows.length === BATCH || rows.length === 1,
      toRead: new Set([...world.fetches.values()].map((mark) => routeKey(mark.connection, mark.stream))),
      toWrite: new Set(links.map((link) => routeKey(link.connection, link.stream))),
    }
  }

  async function apply(rows: readonly EventRow[], to: number): Promise<World> {
    const items = rows.map((row) => (aborts >= PARK_AFTER ? poison(row) : understandSafely(row, routes)))
    const states = items.filter((item) => item.kind === 'state')
    const world = await loadWorld(store, {
      externals: items
        .filter((item) => item.kind === 'state' || item.kind === 'gone')
        .map(({ event }) => [event.source, event.stream, event.external_id]),
      identities: states.flatMap((item) => item.identities.map(({ kind, value }) => [item.route.mapping.entity, kind, value] as const)),
      recordIds: states.flatMap((item) => (item.recordId === null ? [] : [item.recordId])),
    })
    const now = clock.now()
    for (const item of items) absorb(world, item, { routes, next: () => ids.next(), now })
    await store.commit([...lanesGuard(), ...writeWorld(world, ids, now), advance(to)])
    return world
  }

  function lanesGuard(): Statement[] {
    const held = JSON.stringify(lanes.map((lane) => [lane.lane, lane.fence, lane.cursor]))
    return [guard(LANES_HELD, held, APPLY, node, lanes.length)]
  }

  function advance(to: number): Statement {
    return statement(ADVANCE, to, APPLY, JSON.stringify(lanes.map((lane) => [lane.lane])), to)
  }

  return { step }
}

/** A bug in a codec or connector must not stop the lane: the event is parked with what was thrown. */
function understandSafely(event: EventRow, routes: Routes): Understood {
  try {
    return understand(event, routes)
  } catch (error) {
    return { kind: 'unreadable', event, why: `Decoding failed: ${error instanceof Error ? error.name : 'unknown error'}.`, detail: null }
  }
}

function poison(event: EventRow): Understood {
  return { kind: 'unreadable', event, why: 'Its commit was refused again and again.', detail: null }
}

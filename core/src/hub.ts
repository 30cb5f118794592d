import type { Registry } from '@throughline/contracts'
import type { Health, RawRequest } from '@throughline/sdk'
import { within, type Clock } from './clock.ts'
import { statement } from './db/port.ts'
import type { Store } from './db/store.ts'
import type { Ids } from './ids.ts'
import { createAccept, type Accepted } from './intake/accept.ts'
import { createFetch } from './intake/fetch.ts'
import { createListen } from './intake/listen.ts'
import { createPoll } from './intake/poll.ts'
import { releaseLanes, seedLanes } from './log/leases.ts'
import { createPrune } from './log/prune.ts'
import { startLoop, type Loop } from './loop.ts'
import { APPLY, createApply } from './sync/apply.ts'
import { createDeliver, DELIVER, type DeliverTuning } from './outbox/deliver.ts'
import { createGate, insertConnection } from './gate/gate.ts'
import { createRoutes, routeKey, type ConnectionSetup, type Route, type Routes } from './routes.ts'
import { redrive } from './outbox/redrive.ts'
import { takeOver } from './outbox/take-over.ts'
import type { Step } from './stage.ts'

export interface HubOptions {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  /** Name of this instance among those that share the database; a new one at each start. */
  readonly node: string
  readonly registry: Registry
  readonly connections: readonly ConnectionSetup[]
  /** Connection names in the order that breaks ties of `latest`. */
  readonly systems: readonly string[]
  /** Whether no other instance can be alive on this database (a file under our lock): leases of the dead end at once. */
  readonly exclusive: boolean
  readonly tuning?: Partial<DeliverTuning>
  /** One structured line; the hub gives it no secret and no personal data. */
  log(message: string, details?: Readonly<Record<string, string | number>>): void
}

export interface Hub {
  readonly routes: Routes
  /** Makes the rows it needs and starts every stage. Call once. */
  start(): Promise<void>
  /** Verifies and stores a webhook; durable when it answers. Throws `Refused`, `UnknownConnection` or a store error. */
  accept(connection: string, request: RawRequest): Promise<Accepted>
  /** Parks deliveries, reads and polls of a connection; webhooks are still taken in. */
  pause(connection: string, actor: string, reason: string): Promise<void>
  resume(connection: string, actor: string): Promise<void>
  /** Puts dead deliveries back: their links are told anew, with the newest values. Answers how many. */
  retry(deliveries: readonly string[], actor: string): Promise<number>
  check(connection: string): Promise<Health>
  /** Polls every stream now. */
  pollNow(): Promise<void>
  /** Ends every stage after its present step and gives leases back. */
  stop(): Promise<void>
}

export class UnknownConnection extends Error {
  override readonly name = 'UnknownConnection'
}

const CHECK_MS = 10_000
const WORKERS = 2

export function createHub(options: HubOptions): Hub {
  const { store, clock, ids, node } = options
  const stopping = new AbortController()
  const stop = stopping.signal
  const routes = createRoutes(
    options.connections.flatMap((setup) => routesOf(setup, options)),
    options.systems,
  )
  const deps = { store, clock, ids, node, stop }
  const tuning = { ...DELIVER, ...options.tuning }
  let loops: { readonly kind: StageKind; readonly name: string; readonly loop: Loop }[] = []

  const accept = createAccept(store, clock, ids, () => wake('apply'))

  function wake(...kinds: readonly StageKind[]): void {
    for (const { kind, loop } of loops) if (kinds.includes(kind)) loop.wake()
  }

  /** Wakes one kind of stage for some streams only: a look that finds nothing is still a look. */
  function wakeFor(kind: StageKind, names: ReadonlySet<string>): void {
    for (const one of loops) if (one.kind === kind && names.has(one.name)) one.loop.wake()
  }

  function begin(kind: StageKind, name: string, step: () => Promise<Step>, woke: () => void): void {
    const failed = (stage: string, error: unknown): void =>
      options.log('a stage failed and goes on', { stage, error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' })
    loops.push({ kind, name, loop: startLoop(`${kind} ${name}`, step, clock, stop, failed, woke, GATHER_MS[kind]) })
  }

  async function start(): Promise<void> {
    await store.commit([
      seedLanes(APPLY),
      ...options.connections.map((setup) =>
        insertConnection(setup.name, setup.connector.name, setup.limits ?? setup.connector.limits, clock.now()),
      ),
      ...(options.exclusive ? takeOver(clock.now(), routes.all) : []),
    ])
    const apply = createApply({ ...deps, routes })
    const applyStep = async (): Promise<Step> => {
      const { more, toRead, toWrite } = await apply.step()
      wakeFor('fetch', toRead)
      wakeFor('deliver', toWrite)
      return { more, wakes: false, at: clock.now() + APPLY_LOOK_MS }
    }
    begin('apply', '', applyStep, () => undefined)
    begin('prune', '', createPrune(store, clock).step, () => undefined)
    for (const { name: connection } of options.connections) {
      const route = routes.all.find((one) => one.connection === connection)
      if (!route?.remote.listen) continue
      const listening = { ...deps, woke: (stage: 'apply' | 'poll') => wake(stage), log: options.log }
      begin('listen', connection, createListen(route, listening).step, () => undefined)
    }
    for (const route of routes.all) {
      const name = routeKey(route.connection, route.name)
      const { can } = route.stream
      begin('fetch', name, createFetch(route, deps).step, () => wake('apply'))
      if (can.pull === true)
        begin('poll', name, createPoll(route, deps).step, () => {
          wake('apply')
          // The first full pass is what creates wait for.
          wakeFor('deliver', new Set([name]))
        })
      if (can.write === true) {
        const deliver = createDeliver(route, deps, tuning)
        for (let i = 0; i < WORKERS; i++) begin('deliver', name, deliver.step, () => wake('apply', 'fetch'))
      }
    }
  }

  function routesTo(connection: string): readonly Route[] {
    const found = routes.all.filter((route) => route.connection === connection)
    if (found.length === 0)
      throw new UnknownConnection(
        `There is no connection "${connection}". Known: ${options.connections.map((setup) => setup.name).join(', ') || 'none'}.`,
      )
    return found
  }

  async function setPaused(connection: string, paused: 0 | 1, actor: string, reason: string | null): Promise<void> {
    const [route] = routesTo(connection)
    await store.commit([
      statement('UPDATE connections SET paused = ?, version = version + 1 WHERE name = ?', paused, connection),
      statement(
        'INSERT INTO audit (at, actor, action, subject, reason) VALUES (?, ?, ?, ?, ?)',
        clock.now(),
        actor,
        paused ? 'connection.paused' : 'connection.resumed',
        connection,
        reason,
      ),
    ])
    route!.gate.refresh()
    wake('deliver', 'fetch', 'poll')
  }

  return {
    routes,
    start,
    accept: async (connection, request) => {
      const [route] = routesTo(connection)
      if (!route!.remote.accept) throw new UnknownConnection(`${connection} takes no webhooks.`)
      return accept(connection, route!.remote, request)
    },
    pause: (connection, actor, reason) => setPaused(connection, 1, actor, reason),
    resume: (connection, actor) => setPaused(connection, 0, actor, null),
    retry: async (deliveries, actor) => {
      const count = await redrive(store, clock, ids, deliveries, actor)
      wake('deliver')
      return count
    },
    check: (connection) => {
      const [route] = routesTo(connection)
      return within(clock, CHECK_MS, stop, (signal) => route!.remote.check(signal))
    },
    pollNow: async () => {
      await store.commit([statement('UPDATE cursors SET next_at = 0')])
      wake('poll')
    },
    stop: async () => {
      stopping.abort()
      await Promise.all(loops.map(({ loop }) => loop.ended))
      loops = []
      await store.commit(releaseLanes(node))
    },
  }
}

const APPLY_LOOK_MS = 500

type StageKind = 'apply' | 'fetch' | 'listen' | 'poll' | 'deliver' | 'prune'

/** What `startLoop` gathers for, ms. Reads are vendor calls, so they gather longer; the outbox has a pace of its own. */
const GATHER_MS: Readonly<Record<StageKind, number>> = { apply: 10, fetch: 50, listen: 0, poll: 0, deliver: 0, prune: 0 }

function routesOf(setup: ConnectionSetup, options: HubOptions): Route[] {
  const { connector, mappings } = setup
  const limits = setup.limits ?? connector.limits
  const fields = Object.fromEntries(mappings.map((mapping) => [mapping.stream, mapping.fields.map((field) => field.remote)]))
  const remote = connector.connect(setup.config, {
    fetch: setup.fetch,
    now: () => options.clock.now(),
    fields,
    log: (message, details) => options.log(message, { connection: setup.name, ...(details as Record<string, string | number>) }),
  })
  const gate = createGate(setup.name, connector.name, limits, options.store, options.clock)
  return mappings.map((mapping) => {
    const stream = connector.streams[mapping.stream]
    if (!stream)
      throw new Error(
        `Mapping ${mapping.name} names stream "${mapping.stream}", which ${connector.name} does not have. It has: ${Object.keys(connector.streams).join(', ')}.`,
      )
    return {
      connection: setup.name,
      name: mapping.stream,
      stream,
      mapping,
      contract: options.registry.entity(mapping.entity),
      remote,
      gate,
      pollMs: setup.pollMs,
      keyProperty: typeof stream.can.upsertBy === 'string' ? stream.can.upsertBy : (stream.can.markedBy ?? null),
    }
  })
}

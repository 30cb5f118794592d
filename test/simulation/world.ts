import { loadRegistry, type Registry } from '@throughline/contracts'
import type { Hub, MemoryDb } from '@throughline/core'
import { checkAtRest, checkStored, isKnown, isWinner, openWork } from './checks.ts'
import { createSimConnector } from './connector.ts'
import type { Core } from './core.ts'
import { createHooks } from './hooks.ts'
import { createLedger, Violation } from './ledger.ts'
import { createPeople } from './people.ts'
import { chanceOf, drawPlan, NO_FAULTS, type Faults, type Plan } from './plan.ts'
import { createProcess, type Answering, type Freeze, type Process } from './process.ts'
import { createScheduler } from './scheduler.ts'
import { createStorePort } from './store-port.ts'
import { createTrace } from './trace.ts'
import { createVendor, type HumanWrite, type Origins, type Vendor } from './vendor.ts'
import { mappingOf, SPECS } from './vendors.ts'
import { createWitness } from './witness.ts'

export interface Outcome {
  readonly seed: number
  /** What was broken, or `null`. */
  readonly failure: string | null
  readonly digest: string
  /** What occurred, and how often: for the checks that something did. */
  readonly happened: Readonly<Record<string, number>>
  /** Virtual milliseconds until everything was at rest. */
  readonly virtualMs: number
  readonly steps: number
  readonly lines: readonly string[]
}

interface Instance {
  readonly process: Process
  readonly hub: Hub
  isStarted: boolean
}

const START = 1_800_000_000_000
const CALL_MS = 3_000
const TUNING = { callMs: CALL_MS, leaseMs: 14_000, paceMs: 100 }
/** After the faults stop: a dozen merges in vain, each with its back-off, before a write is left to a person. */
const REST_LIMIT_MS = 2_400_000
/** How long nothing may be written before a run counts as at rest: more than two polls of every stream. */
const QUIET_MS = 10_000

let registry: Registry | undefined
let schema: readonly { readonly sql: string; readonly params: readonly [] }[] | undefined

/** The committed schema as statements, read once: a run begins with an empty database of its own. */
async function emptyDatabase(core: Core): Promise<MemoryDb> {
  if (schema === undefined) {
    const template = core.openMemory()
    await core.migrate(template)
    const rows = template.sync.all<{ sql: string }>(
      "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
    )
    schema = rows.map(({ sql }) => ({ sql, params: [] }))
    template.sync.close()
  }
  const memory = core.openMemory()
  memory.sync.runBatch(schema)
  return memory
}

/** Runs one seed to its end. Never throws for a broken promise: that is an outcome. */
export async function simulate(
  core: Core,
  seed: number,
  options: { readonly trace?: boolean; readonly plan?: Partial<Plan> } = {},
): Promise<Outcome> {
  const plan: Plan = { ...drawPlan(seed), ...options.plan }
  const chance = chanceOf(plan)
  const scheduler = createScheduler(START)
  const trace = createTrace(() => scheduler.now(), START, options.trace === true)
  const counts: Record<string, number> = {}
  const happened = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1)
  let failure: string | null = null
  let isStormy = true

  function broken(error: unknown): void {
    if (failure !== null) return
    failure =
      error instanceof Violation ? error.message : `unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    trace.add('BROKEN', failure)
  }
  /** Runs a check inside somebody else's call: what it finds must not come out as that call's own failure. */
  function watching(work: () => void): void {
    try {
      work()
    } catch (error) {
      broken(error)
    }
  }

  const memory = await emptyDatabase(core)
  const witness = createWitness({
    memory,
    isDead: (node) => plan.instances === 1 && !instances.some(({ process }) => process.node === node && process.isAlive),
    wasSentSince: (key, at) => ledger.wasSentSince(key, at),
    takenOver: (node) => instances.find(({ process }) => process.node === node)?.process.lose(),
    happened,
  })
  const faults = (): Faults => (isStormy ? plan.faults : NO_FAULTS)

  const origins: Origins = new Map()
  const humanWrites: HumanWrite[] = []
  const acknowledged = new Set<string>()
  const outages = new Map<string, number>()
  const pulls = new Map<string, number>()
  let instances: Instance[] = []
  let nextNode = 1
  let crashes = plan.crashes
  let freezes = plan.freezes

  const ledger = createLedger({
    scheduler,
    leaseMs: TUNING.leaseMs,
    isKnown: (value) => isKnown(memory, value),
    isWinner: (...what) => isWinner(memory, ...what),
    happened,
    trace: trace.add,
  })
  const network = { scheduler, chance, faults, downUntil: (name: string) => (isStormy ? (outages.get(name) ?? 0) : 0), happened }
  const hooks = createHooks({
    scheduler,
    chance,
    faults,
    happened,
    trace: trace.add,
    target: () => {
      const up = instances.filter((instance) => instance.process.isAlive && instance.isStarted)
      return up.length === 0 ? undefined : chance.pick(up)
    },
    acknowledged: (ids) =>
      watching(() => {
        for (const id of ids) {
          checkStored(memory, id)
          acknowledged.add(id)
        }
      }),
  })
  const vendors: Vendor[] = plan.vendors.map((name) => {
    const skew = plan.skewMs === 0 ? 0 : chance.between(-plan.skewMs, plan.skewMs)
    const vendor: Vendor = createVendor(
      SPECS[name],
      () => scheduler.now(),
      skew,
      origins,
      (thing, what) => hooks.notice(vendor, thing, what),
      (write) => humanWrites.push(write),
    )
    return vendor
  })
  const mappings = new Map(plan.vendors.map((name) => [name as string, mappingOf(SPECS[name])]))
  const people = createPeople({ plan, scheduler, chance, vendors, happened, trace: trace.add })

  function mishap(process: Process, answering: Answering): 'none' | 'crash' | Freeze {
    if (!isStormy) return 'none'
    // Most answers are to idle reads; what matters more is drawn more often.
    const weight = answering === 'commit' ? 8 : answering === 'call' ? 16 : 1
    if (crashes > 0 && chance.hit(plan.faults.crash * weight)) {
      crashes -= 1
      happened(`crash: before the answer to a ${answering}`)
      scheduler.after(chance.hit(0.3) ? chance.between(50, 500) : chance.between(500, 8_000), launch)
      return 'crash'
    }
    if (freezes > 0 && chance.hit(plan.faults.freeze * weight)) {
      freezes -= 1
      const untilLossMs = chance.hit(0.5) ? chance.between(0, 30) : null
      const freezeMs = untilLossMs === null ? chance.pick([2_000, 16_000, 20_000]) : 40_000
      happened(freezeMs > TUNING.leaseMs ? 'freeze: past a lease' : 'freeze: short')
      return { freezeMs, untilLossMs }
    }
    return 'none'
  }

  function launch(): void {
    const process = createProcess(`n${nextNode++}`, scheduler, mishap, (what) => trace.add(process.node, what))
    trace.add(process.node, 'starts')
    const ids = core.createIds({ now: () => scheduler.now() }, (n) => chance.bytes(n))
    const db = createStorePort(process, {
      core,
      memory,
      scheduler,
      chance,
      faults,
      happened,
      trace: trace.add,
      committed: (by, statements, outcome) => watching(() => witness.committed(by, statements, outcome, scheduler.now())),
    })
    const context = {
      ...network,
      ledger,
      trace: trace.add,
      callMs: CALL_MS,
      broken,
      pulled: (vendor: string, startedAt: number) => void pulls.set(vendor, startedAt),
    }
    const hub = core.createHub({
      store: core.createStore(db, { ids, clock: process.clock }, { patience: 20_000 }),
      clock: process.clock,
      ids,
      node: process.node,
      registry: (registry ??= loadRegistry()),
      connections: vendors.map((vendor) => ({
        name: vendor.spec.name,
        connector: createSimConnector(process, vendor, context),
        config: null,
        mappings: [mappings.get(vendor.spec.name)!],
        pollMs: vendor.spec.pollMs,
        fetch: noNetwork,
      })),
      systems: plan.vendors,
      exclusive: plan.instances === 1,
      tuning: TUNING,
      log: (message, details) => {
        const error = String(details?.['error'] ?? '')
        trace.add(process.node, `${message} ${JSON.stringify(details ?? {})}`)
        happened(`log: ${error.split(':')[0]}`)
        if (message.startsWith('a stage failed') && !/^(StoreUnavailable|AnswerUnknown|GuardFailed)/.test(error))
          broken(new Violation(`stage: ${String(details?.['stage'])} failed with ${error}`))
      },
    })
    const instance: Instance = { process, hub, isStarted: false }
    instances = [...instances.filter((other) => other.process.isAlive), instance]
    hub.start().then(
      () => void (instance.isStarted = true),
      (error: unknown) => {
        trace.add(process.node, `could not start: ${error instanceof Error ? error.name : 'unknown'}`)
        happened('start: failed')
        if (!process.isAlive) return
        process.kill()
        scheduler.after(1_000, launch)
      },
    )
  }

  function roll(): void {
    const instance = instances.find((candidate) => candidate.process.isAlive && candidate.isStarted && !candidate.process.isFrozen)
    if (!instance) return
    happened('rolling: an instance was stopped in good order')
    trace.add(instance.process.node, 'is stopped in good order')
    instance.isStarted = false
    const next = (): void => {
      if (!instance.process.isAlive) return
      instance.process.kill()
      launch()
    }
    instance.hub.stop().then(next, next)
  }

  for (let i = 0; i < plan.instances; i++) scheduler.after(chance.between(0, 500), launch)
  people.schedule()
  for (const vendor of vendors) {
    if (!chance.hit(plan.faults.outage)) continue
    scheduler.after(chance.between(2_000, plan.activeMs), () => {
      happened('outage')
      trace.add(vendor.spec.name, 'is down')
      outages.set(vendor.spec.name, scheduler.now() + chance.between(5_000, 25_000))
    })
  }
  if (chance.hit(plan.faults.rolling)) scheduler.after(chance.between(2_000, plan.activeMs), roll)

  let lastSeen = ''
  let quietSince = START
  let calmSince = START
  let isAtRest = false
  scheduler.after(plan.activeMs + 4_000, () => {
    isStormy = false
    trace.add('world', 'the storm is over')
    calmSince = scheduler.now()
    look()
  })

  function look(): void {
    people.mend()
    const seen = JSON.stringify(vendors.map((vendor) => vendor.writes))
    if (seen !== lastSeen || openWork(memory) > 0 || hooks.open > 0) quietSince = scheduler.now()
    lastSeen = seen
    const isPulled = vendors.every(({ spec }) => (pulls.get(spec.name) ?? 0) > calmSince + spec.lagMs)
    if (isPulled && scheduler.now() - quietSince >= QUIET_MS) isAtRest = true
    else scheduler.after(1_000, look)
  }

  const limit = START + plan.activeMs + REST_LIMIT_MS
  await scheduler.run(() => failure !== null || isAtRest || scheduler.now() > limit)
  if (failure === null && !isAtRest)
    broken(new Violation(`7: not at rest ${REST_LIMIT_MS / 1000} s after the faults stopped; open work: ${openWork(memory)}`))
  if (failure === null) watching(() => checkAtRest({ memory, vendors, mappings, raced: ledger.raced, humanWrites, acknowledged, happened }))
  if (failure !== null && options.trace === true) dump(memory, trace.add)
  for (const { process } of instances) process.kill()
  countRows(memory, happened)
  memory.sync.close()
  return {
    seed,
    failure,
    digest: trace.digest(),
    happened: counts,
    virtualMs: scheduler.now() - START,
    steps: scheduler.steps,
    lines: trace.lines,
  }
}

/** What the hub's own rows say of how events and deliveries ended. */
function countRows(memory: MemoryDb, happened: (what: string) => void): void {
  for (const { kind, reason } of memory.sync.all<{ kind: string; reason: string }>('SELECT DISTINCT kind, reason FROM effects')) {
    happened(
      kind === 'applied' && !reason.startsWith('read') && !reason.startsWith('deleted') ? 'effect: applied' : `effect: ${kind}: ${reason}`,
    )
  }
  for (const { class: name } of memory.sync.all<{ class: string }>('SELECT DISTINCT class FROM exceptions')) happened(`exception: ${name}`)
  const [lost] = memory.sync.all<{ n: number }>(`SELECT count(*) AS n FROM history WHERE changes LIKE '%"lost":true%'`)
  if (lost!.n > 0) happened('clash: the losing value is in the history')
}

/** The hub's own view, for whoever reads the trace of a failure. */
function dump(memory: MemoryDb, trace: (who: string, what: string) => void): void {
  const tables = {
    records: 'SELECT id, version, fields FROM records',
    links:
      'SELECT id, record_id, external_id, state, version, agreed, intents, remote_at, receipt_pos, receipt_at FROM links ORDER BY record_id',
    deliveries:
      'SELECT id, link_id, state, operation, substr(key, 1, 6) AS key, payload, attempt, owner, created_at, settled_at, why FROM deliveries ORDER BY rowid',
    events:
      'SELECT e.seq, e.type, e.external_id, e.received_at, e.as_of, e.body, f.kind, f.reason FROM events e LEFT JOIN effects f ON f.event = e.seq',
    fetches: 'SELECT * FROM fetches',
    cursors: 'SELECT * FROM cursors',
    exceptions: 'SELECT class, fingerprint, detail FROM exceptions',
    history: 'SELECT record_id, version, event, changes FROM history ORDER BY record_id, version',
  }
  for (const [name, sql] of Object.entries(tables)) for (const row of memory.sync.all(sql)) trace(name, JSON.stringify(row))
}

const noNetwork: typeof globalThis.fetch = () => Promise.reject(new Error('there is no network in a simulation'))

import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { AnswerUnknown, ConstraintFailed, GuardFailed, StoreFull, StoreUnavailable } from './errors.ts'
import { AnswerLost, BatchAborted, statement, type Db, type Row, type Statement, type Value } from './port.ts'
import { settle } from './settle.ts'

export interface StorePorts {
  readonly ids: Pick<Ids, 'next'>
  readonly clock: Clock
}

export interface StoreOptions {
  /** Statements that share a commit at most; a larger unit goes alone. Default 2,000. */
  readonly batchLimit?: number
  /** Milliseconds a lost answer is asked after before its units are given up as unknown. Default 60,000. */
  readonly patience?: number
}

export interface Store {
  /** One reading statement; sees every commit that was answered before. */
  all<R extends Row = Row>(sql: string, params?: readonly Value[]): Promise<R[]>
  /**
   * Stores all statements of the unit or none, durably, before it answers each statement's rows. Units that arrive while a commit
   * runs share the next one; a unit that fails is dropped from it without touching its neighbours. Guarded units share only with
   * guarded ones, so that a guard that fails never makes intake wait. Who needs one unit before another awaits it.
   * @throws GuardFailed | ConstraintFailed | StoreFull | StoreUnavailable, or the driver's error as `cause`: nothing is stored.
   * @throws AnswerUnknown only after a lost answer: see there.
   */
  commit(unit: readonly Statement[]): Promise<Row[][]>
  /** Forgets commit ids older than `before` (milliseconds UTC). Keep a day: a lost answer is settled within a minute. */
  prune(before: number): Promise<number>
  /** Waits for what was handed in, then closes the database. Later commits are refused. */
  close(): Promise<void>
}

interface Unit {
  readonly statements: readonly Statement[]
  readonly guarded: boolean
  resolve(rows: Row[][]): void
  reject(error: Error): void
}

export function createStore(db: Db, ports: StorePorts, options: StoreOptions = {}): Store {
  const batchLimit = options.batchLimit ?? 2_000
  const patience = options.patience ?? 60_000
  let queue: Unit[] = []
  let running: Promise<void> | undefined
  let closed = false

  function commit(statements: readonly Statement[]): Promise<Row[][]> {
    if (closed) return Promise.reject(new StoreUnavailable('the store is closed'))
    if (statements.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      queue.push({ statements, guarded: statements.some(isGuard), resolve, reject })
      running ??= drain()
    })
  }

  async function drain(): Promise<void> {
    // Units handed in during this turn of the event loop still join the first batch.
    await Promise.resolve()
    while (queue.length > 0) {
      const units = take()
      try {
        await store(units)
      } catch (error) {
        const failure = new StoreUnavailable('the commit failed', { cause: error })
        for (const unit of units) unit.reject(failure)
      }
    }
    running = undefined
  }

  /** The oldest unit, and after it those of its kind up to the first that does not fit. */
  function take(): Unit[] {
    const { guarded } = queue[0]!
    const units: Unit[] = []
    const rest: Unit[] = []
    let size = 0
    for (const unit of queue) {
      if (unit.guarded === guarded) size += unit.statements.length
      const fits = unit.guarded === guarded && (units.length === 0 || size <= batchLimit)
      ;(fits ? units : rest).push(unit)
    }
    queue = rest
    return units
  }

  async function store(all: readonly Unit[]): Promise<void> {
    let units = all
    let losses = 0
    while (units.length > 0) {
      const id = ports.ids.next()
      const statements = [statement('INSERT INTO commits (id, at) VALUES (?, ?)', id, ports.clock.now())]
      for (const unit of units) for (const one of unit.statements) statements.push(one)
      try {
        const rows = await db.batch(statements)
        let from = 1
        for (const unit of units) unit.resolve(rows.slice(from, (from += unit.statements.length)))
        return
      } catch (error) {
        if (error instanceof BatchAborted) units = drop(units, error)
        else if (error instanceof AnswerLost) {
          units = await recover(units, id, error)
          // Each time it turned out that nothing was stored, so giving up is honest.
          if (++losses === 5 && units.length > 0) throw error
        } else throw error
      }
    }
  }

  /** Rejects the unit to blame and returns the rest; without one to blame, rejects them all. */
  function drop(units: readonly Unit[], abort: BatchAborted): readonly Unit[] {
    const failure = failureOf(abort)
    let end = 1
    const at = abort.kind === 'full' || abort.index < 1 ? -1 : units.findIndex((unit) => abort.index < (end += unit.statements.length))
    if (at !== -1) {
      units[at]!.reject(failure)
      return units.toSpliced(at, 1)
    }
    for (const unit of units) unit.reject(failure)
    return []
  }

  async function recover(units: readonly Unit[], id: string, lost: AnswerLost): Promise<readonly Unit[]> {
    const outcome = await settle(db, ports.clock, id, patience).catch(() => 'unknown' as const)
    if (outcome === 'absent') return units
    for (const unit of units) {
      if (outcome === 'unknown') unit.reject(new AnswerUnknown('unknown', { cause: lost }))
      else if (unit.statements.some(returnsRows)) unit.reject(new AnswerUnknown(true, { cause: lost }))
      else unit.resolve(unit.statements.map(() => []))
    }
    return []
  }

  return {
    all: (sql, params) => db.all(sql, params),
    commit,
    async prune(before) {
      const bound = firstIdAt(before)
      for (let pruned = 0; ;) {
        const [rows] = await commit([
          statement(
            'DELETE FROM commits WHERE id IN (SELECT id FROM commits WHERE id < ? ORDER BY id LIMIT 1000) RETURNING 1 AS one',
            bound,
          ),
        ])
        pruned += rows!.length
        if (rows!.length < 1_000) return pruned
      }
    },
    async close() {
      closed = true
      await running
      await db.close()
    },
  }
}

function failureOf(abort: BatchAborted): Error {
  const options = { cause: abort }
  if (abort.kind === 'guard') return new GuardFailed(abort.message, options)
  if (abort.kind === 'constraint') return new ConstraintFailed(abort.message, options)
  if (abort.kind === 'full') return new StoreFull(abort.message, options)
  if (abort.index < 1) return new StoreUnavailable(abort.message, options)
  return new Error(`the statement cannot be run: ${abort.message}`, options)
}

function isGuard(one: Statement): boolean {
  return one.sql.startsWith('INSERT INTO guard')
}

function returnsRows(one: Statement): boolean {
  return /\breturning\b|^\s*(select|with|values|pragma)\b/i.test(one.sql)
}

/** Commit ids are UUIDv7, so those of an age are a range of the primary key. */
function firstIdAt(ms: number): string {
  const time = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}`
}

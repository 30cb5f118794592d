import type { Db, MemoryDb, Row, Statement } from '@throughline/core'
import type { Chance } from './chance.ts'
import type { Core } from './core.ts'
import type { Faults } from './plan.ts'
import type { Process } from './process.ts'
import type { Scheduler } from './scheduler.ts'

export interface StorePortContext {
  readonly core: Core
  readonly memory: MemoryDb
  readonly scheduler: Scheduler
  readonly chance: Chance
  /** Faults as they are now: none after the storm. */
  faults(): Faults
  /** Called in the instant a batch has taken effect, or has failed to. */
  committed(process: Process, statements: readonly Statement[], outcome: 'stored' | Error): void
  happened(what: string): void
  trace(who: string, what: string): void
}

/** The durable database as one process reaches it: every answer takes virtual time and may be lost; commits land all the same. */
export function createStorePort(process: Process, context: StorePortContext): Db {
  const { core, memory, scheduler, chance } = context

  function apply(statements: readonly Statement[]): { readonly rows: Row[][] } | { readonly error: Error } {
    try {
      const rows = memory.sync.runBatch(statements)
      context.committed(process, statements, 'stored')
      return { rows }
    } catch (error) {
      const failure = error as Error
      context.committed(process, statements, failure)
      return { error: failure }
    }
  }

  return {
    all: <R extends Row>(sql: string, params: Statement['params'] = []) =>
      new Promise<R[]>((resolve) => {
        // Read at once and answered late, or asked late: both happen, and a stale answer is the more telling one.
        if (chance.hit(0.5)) {
          const rows = memory.sync.all<R>(sql, params)
          process.answer(chance.between(0, 4), 'read', () => resolve(rows))
        } else process.answer(chance.between(0, 4), 'read', () => resolve(memory.sync.all<R>(sql, params)))
      }),
    batch: (statements) =>
      new Promise((resolve, reject) => {
        const faults = context.faults()
        const there = chance.hit(0.1) ? chance.between(5, 80) : chance.between(0, 4)
        const back = chance.hit(0.1) ? chance.between(5, 80) : chance.between(0, 4)
        const lose = (ms: number): void =>
          void process.answer(ms, 'commit', () => reject(new core.AnswerLost('the connection to the database broke')))
        if (chance.hit(faults.storeDown)) {
          context.happened('store: down')
          process.answer(there, 'commit', () => reject(new core.BatchAborted(-1, 'other', 'the database cannot be reached')))
        } else if (chance.hit(faults.commitLostBefore)) {
          context.happened('store: answer lost, not stored')
          lose(there)
        } else if (chance.hit(faults.commitLate)) {
          context.happened('store: answer lost, stored later')
          lose(there)
          scheduler.after(there + chance.between(0, 3_000), () => apply(statements))
        } else {
          const isLost = chance.hit(faults.commitLostAfter)
          if (isLost) context.happened('store: answer lost, stored')
          scheduler.after(there, () => {
            const outcome = apply(statements)
            if (isLost) lose(back)
            else process.answer(back, 'commit', () => ('rows' in outcome ? resolve(outcome.rows) : reject(outcome.error)))
          })
        }
      }),
    close: async () => {},
  }
}

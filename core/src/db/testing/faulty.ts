import { AnswerLost, type Db, type Row, type Statement } from '../port.ts'

/**
 * `after`: stored, then the answer is lost. `before`: the batch never arrives. `late`: the answer is lost and the batch arrives
 * only after the next one was answered. `hold`: waits for `release`.
 */
export type Fault = 'none' | 'after' | 'before' | 'late' | 'hold'

export interface FaultyDb extends Db {
  /** Every batch that was handed in, in order. */
  readonly batches: (readonly Statement[])[]
  /** Outcomes of late arrivals. */
  readonly late: PromiseSettledResult<Row[][]>[]
  /** What happens to the next batches, one after the other; then nothing more. */
  next(...faults: Fault[]): void
  /** No more faults. */
  heal(): void
  release(): void
}

/** A database behind a line that loses answers, for the tests of what stands above it. */
export function faulty(db: Db): FaultyDb {
  const faults: Fault[] = []
  const batches: (readonly Statement[])[] = []
  const late: PromiseSettledResult<Row[][]>[] = []
  let held = Promise.withResolvers<void>()
  let pending: (readonly Statement[])[] = []

  async function deliver(statements: readonly Statement[]): Promise<Row[][]> {
    const answer = await Promise.allSettled([db.batch(statements)])
    const landing = pending
    pending = []
    for (const one of landing) late.push(...(await Promise.allSettled([db.batch(one)])))
    if (answer[0].status === 'rejected') throw answer[0].reason
    return answer[0].value
  }

  return {
    batches,
    late,
    next: (...more) => void faults.push(...more),
    heal: () => void (faults.length = 0),
    release() {
      held.resolve()
      held = Promise.withResolvers()
    },
    all: (sql, params) => db.all(sql, params),
    close: () => db.close(),
    async batch(statements) {
      batches.push(statements)
      const fault = faults.shift() ?? 'none'
      switch (fault) {
        case 'none':
          return deliver(statements)
        case 'hold':
          await held.promise
          return deliver(statements)
        case 'after':
          await deliver(statements)
          throw new AnswerLost('lost on the way back')
        case 'before':
          throw new AnswerLost('lost on the way there')
        case 'late':
          pending.push(statements)
          throw new AnswerLost('lost, and still under way')
      }
    },
  }
}

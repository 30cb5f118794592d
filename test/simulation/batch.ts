import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './world.ts'

/** What many seeds gave, without their traces. */
export interface Batch {
  readonly outcomes: readonly Outcome[]
  readonly happened: Readonly<Record<string, number>>
  readonly failures: readonly Outcome[]
  readonly seconds: number
}

export interface BatchOptions {
  readonly seeds: readonly number[]
  /** Folder of the core to run; the real one by default. */
  readonly home?: URL
  /** Ends at the first failure. */
  readonly untilFailure?: boolean
  readonly workers?: number
  /** Called after each seed. */
  readonly progress?: (outcome: Outcome) => void
}

/** Runs seeds on worker threads: each run is one thread of its own, so runs share nothing but the processor. */
export async function runBatch(options: BatchOptions): Promise<Batch> {
  const began = performance.now()
  const outcomes: Outcome[] = []
  const happened: Record<string, number> = {}
  const seeds = [...options.seeds]
  let isOver = false

  async function work(): Promise<void> {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: { home: options.home?.href } })
    try {
      for (;;) {
        const seed = seeds.shift()
        if (seed === undefined || isOver) return
        const outcome = await one(worker, seed)
        outcomes.push(outcome)
        for (const [what, times] of Object.entries(outcome.happened)) happened[what] = (happened[what] ?? 0) + times
        options.progress?.(outcome)
        if (options.untilFailure === true && outcome.failure !== null) isOver = true
      }
    } finally {
      await worker.terminate()
    }
  }

  const workers = Math.min(options.workers ?? Math.min(2, availableParallelism()), seeds.length)
  await Promise.all(Array.from({ length: workers }, work))
  outcomes.sort((a, b) => a.seed - b.seed)
  return {
    outcomes,
    happened: Object.fromEntries(Object.entries(happened).sort(([a], [b]) => (a < b ? -1 : 1))),
    failures: outcomes.filter(({ failure }) => failure !== null),
    seconds: (performance.now() - began) / 1000,
  }
}

function one(worker: Worker, seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      worker.off('message', told)
      worker.off('error', failed)
      then()
    }
    const told = (outcome: Outcome): void => settle(() => resolve(outcome))
    const failed = (error: Error): void => settle(() => reject(new Error(`seed ${seed} ended its worker`, { cause: error })))
    worker.on('message', told)
    worker.on('error', failed)
    worker.postMessage(seed)
  })
}

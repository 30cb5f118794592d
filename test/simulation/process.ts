import type { Clock } from '@throughline/core'
import type { Scheduler, Task } from './scheduler.ts'

/** What an answer is an answer to. */
export type Answering = 'read' | 'commit' | 'call' | 'sleep'

/** Decides, each time an answer is about to be handed over, whether the process dies or stops there. */
export type Mishap = (process: Process, answering: Answering) => 'none' | 'crash' | { readonly freezeMs: number }

/**
 * One running instance as its ports see it. After a crash no port ever settles again; while it is frozen every answer
 * is withheld and then given in order. What is under way elsewhere (a commit, a vendor call) goes on all the same.
 */
export interface Process {
  readonly node: string
  readonly isAlive: boolean
  readonly isFrozen: boolean
  /** Hands an answer to the process after `ms`, unless it is dead by then. */
  answer(ms: number, answering: Answering, deliver: () => void): Task
  readonly clock: Clock
  kill(): void
}

export function createProcess(node: string, scheduler: Scheduler, mishap: Mishap, changed: (what: string) => void): Process {
  let isAlive = true
  let frozenUntil: number | null = null
  let withheld: (() => void)[] = []

  function thaw(): void {
    frozenUntil = null
    changed('goes on after its pause')
    const waiting = withheld
    withheld = []
    // One task each: what an answer sets off runs before the next answer comes.
    for (const deliver of waiting) scheduler.after(0, () => give(deliver))
  }

  function give(deliver: () => void): void {
    if (!isAlive) return
    if (frozenUntil !== null) withheld.push(deliver)
    else deliver()
  }

  const process: Process = {
    node,
    get isAlive() {
      return isAlive
    },
    get isFrozen() {
      return frozenUntil !== null
    },
    answer: (ms, answering, deliver) =>
      scheduler.after(ms, () => {
        if (isAlive && frozenUntil === null) {
          const what = mishap(process, answering)
          if (what === 'crash') process.kill()
          else if (what !== 'none') {
            frozenUntil = scheduler.now() + what.freezeMs
            changed(`stands still for ${what.freezeMs} ms before the answer to a ${answering}`)
            scheduler.after(what.freezeMs, thaw)
          }
        }
        give(deliver)
      }),
    clock: {
      now: () => scheduler.now(),
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) return resolve()
          const task = process.answer(ms, 'sleep', done)
          function done(): void {
            task.cancel()
            signal?.removeEventListener('abort', done)
            resolve()
          }
          signal?.addEventListener('abort', done, { once: true })
        }),
    },
    kill() {
      isAlive = false
      withheld = []
      changed('dies')
    },
  }
  return process
}

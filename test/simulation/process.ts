import type { Clock } from '@throughline/core'
import type { Scheduler, Task } from './scheduler.ts'

/** What an answer is an answer to. */
export type Answering = 'read' | 'commit' | 'call' | 'sleep'

/** Decides, each time an answer is about to be handed over, whether the process dies or stops there. */
export type Mishap = (process: Process, answering: Answering) => 'none' | 'crash' | Freeze

/** How long a process stands still. `untilLossMs`: or until so long after somebody took over what it holds, the worst moment to go on. */
export interface Freeze {
  readonly freezeMs: number
  readonly untilLossMs: number | null
}

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
  /** Tells it, to no knowledge of its own, that another process took over something it held. */
  lose(): void
  /** Called when it dies: its connections break. */
  onDeath(listener: () => void): void
  kill(): void
}

export function createProcess(node: string, scheduler: Scheduler, mishap: Mishap, changed: (what: string) => void): Process {
  let isAlive = true
  let freeze: Freeze | null = null
  let withheld: (() => void)[] = []
  const listeners: (() => void)[] = []

  function thaw(from: Freeze): void {
    if (freeze !== from) return
    freeze = null
    changed('goes on after its pause')
    const waiting = withheld
    withheld = []
    // One task each: what an answer sets off runs before the next answer comes.
    for (const deliver of waiting) scheduler.after(0, () => give(deliver))
  }

  function give(deliver: () => void): void {
    if (!isAlive) return
    if (freeze !== null) withheld.push(deliver)
    else deliver()
  }

  const process: Process = {
    node,
    get isAlive() {
      return isAlive
    },
    get isFrozen() {
      return freeze !== null
    },
    answer: (ms, answering, deliver) =>
      scheduler.after(ms, () => {
        if (isAlive && freeze === null) {
          const what = mishap(process, answering)
          if (what === 'crash') process.kill()
          else if (what !== 'none') {
            freeze = what
            changed(`stands still for ${what.freezeMs} ms before the answer to a ${answering}`)
            scheduler.after(what.freezeMs, () => thaw(what))
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
    lose() {
      const from = freeze
      if (from === null || from.untilLossMs === null) return
      scheduler.after(from.untilLossMs, () => thaw(from))
    },
    onDeath: (listener) => void listeners.push(listener),
    kill() {
      isAlive = false
      withheld = []
      for (const listener of listeners.splice(0)) listener()
      changed('dies')
    },
  }
  return process
}

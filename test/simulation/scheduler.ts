/** Something that will happen at a virtual time. */
export interface Task {
  readonly at: number
  cancel(): void
}

/** Virtual time: nothing happens but what was put here, in order of time, then of arrival. */
export interface Scheduler {
  now(): number
  after(ms: number, run: () => void): Task
  /**
   * Lets virtual time pass until `isOver` says so or nothing is left to happen. After each task every promise that can
   * settle has settled, so `isOver` sees a state at rest.
   */
  run(isOver: () => boolean): Promise<void>
  /** How many tasks have run. */
  readonly steps: number
}

interface Entry extends Task {
  readonly order: number
  run: (() => void) | null
}

export function createScheduler(start: number): Scheduler {
  const heap: Entry[] = []
  let now = start
  let order = 0
  let steps = 0

  function isBefore(a: Entry, b: Entry): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order)
  }

  function push(entry: Entry): void {
    let i = heap.push(entry) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(entry, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = entry
  }

  function pop(): Entry | undefined {
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return first
  }

  return {
    now: () => now,
    after(ms, run) {
      const entry: Entry = { at: now + Math.max(0, Math.round(ms)), order: order++, run, cancel: () => void (entry.run = null) }
      push(entry)
      return entry
    },
    async run(isOver) {
      await settled()
      while (!isOver()) {
        const next = pop()
        if (next === undefined) return
        if (next.run === null) continue
        now = next.at
        steps += 1
        next.run()
        await settled()
      }
    },
    get steps() {
      return steps
    },
  }
}

/** The event loop turns only when no promise is left to settle; there is no real I/O in a simulation. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

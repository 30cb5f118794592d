import type { Clock } from './clock.ts'
import type { Step } from './stage.ts'

/** One stage running on its own: steps until there is no more, then sleeps until something wakes it or time comes. */
export interface Loop {
  wake(): void
  /** Resolves when the loop has ended, after the hub's stop signal. */
  readonly ended: Promise<void>
}

const AFTER_ERROR_MS = 1_000

/**
 * `step` may throw: the error is reported and the step repeated a second later. A woken loop starts no sooner than `gatherMs`
 * after it last started, so that under load a step finds much to do instead of little, often; an idle one starts at once.
 */
export function startLoop(
  name: string,
  step: () => Promise<Step>,
  clock: Clock,
  stop: AbortSignal,
  failed: (stage: string, error: unknown) => void,
  woke: () => void,
  gatherMs = 0,
): Loop {
  let nap = new AbortController()
  let isAwake = false

  async function run(): Promise<void> {
    while (!stop.aborted) {
      isAwake = false
      const started = clock.now()
      let at: number
      try {
        const done = await step()
        if (done.wakes) woke()
        if (done.more) continue
        at = done.at
      } catch (error) {
        if (stop.aborted) return
        failed(name, error)
        at = clock.now() + AFTER_ERROR_MS
      }
      if (!isAwake) {
        nap = new AbortController()
        await clock.sleep(Math.max(1, at - clock.now()), AbortSignal.any([nap.signal, stop]))
      }
      const gathering = started + gatherMs - clock.now()
      if (gathering > 0) await clock.sleep(gathering, stop)
    }
  }

  return {
    wake: () => {
      isAwake = true
      nap.abort()
    },
    ended: run(),
  }
}

/** Time as a port: nothing else in core reads a clock or sets a timer. */
export interface Clock {
  /** Milliseconds UTC. */
  now(): number
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The one place where the real clock is read and a timer is set. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const timer = setTimeout(done, Math.min(ms, 2_147_483_647))
      function done(): void {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      signal?.addEventListener('abort', done, { once: true })
    }),
}

/**
 * Runs work under a time limit. The signal it gets aborts after `ms`, or when `stop` does; work decides what an abort means.
 */
export async function within<T>(clock: Clock, ms: number, stop: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController()
  const limit = new AbortController()
  void clock.sleep(ms, over.signal).then(() => {
    if (!over.signal.aborted) limit.abort(new Error(`no answer within ${ms} ms`))
  })
  try {
    return await work(AbortSignal.any([stop, limit.signal]))
  } finally {
    over.abort()
  }
}

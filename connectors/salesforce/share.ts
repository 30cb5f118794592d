interface Flight<T> {
  readonly result: Promise<T>
  readonly stop: AbortController
  waiting: number
}

/**
 * Runs one `work` for all who ask while it runs. Each leaves when its own signal aborts; when all have left, the work is
 * aborted too, and the next to ask starts anew: nobody waits for something that everyone has given up.
 */
export function share<T>(work: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let flight: Flight<T> | null = null

  const start = (): Flight<T> => {
    const stop = new AbortController()
    const result = work(stop.signal)
    return { result, stop, waiting: 0 }
  }

  return (signal) =>
    new Promise<T>((resolve, reject) => {
      signal.throwIfAborted()
      const mine = (flight ??= start())
      mine.waiting += 1
      const leave = (): void => {
        signal.removeEventListener('abort', onAbort)
        mine.waiting -= 1
      }
      const end = (): void => {
        if (flight === mine) flight = null
      }
      const onAbort = (): void => {
        leave()
        if (mine.waiting === 0) {
          end()
          mine.stop.abort(signal.reason)
        }
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)))
      }
      signal.addEventListener('abort', onAbort, { once: true })
      mine.result.then(
        (value) => {
          end()
          leave()
          resolve(value)
        },
        (error: unknown) => {
          end()
          leave()
          reject(error)
        },
      )
    })
}

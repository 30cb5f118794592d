/**
 * A fault that a sandbox plays on matching vendor calls until it has been used up.
 * `status` answers instead of working; `dropBefore` closes the socket with no effect; `dropAfter` takes effect and closes
 * the socket; `stallAfter` takes effect, announces it on `/_sandbox/stalled` and answers only `ms` later; `delay` waits
 * first, then works; `garbage` takes effect and answers 200 with HTML.
 */
export interface Fault {
  readonly kind: 'status' | 'dropBefore' | 'dropAfter' | 'stallAfter' | 'delay' | 'garbage'
  /** Only calls whose `METHOD /path` matches this regular expression; every vendor call if absent. */
  readonly match?: string
  readonly status?: number
  /** Body of a `status` fault; the vendor's own error shape is the sandbox's business if absent. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly ms?: number
  /** How many calls it hits; without end if absent. */
  readonly times?: number
  /** Let this many matching calls pass first. */
  readonly skip?: number
  /** 0..1, drawn from the sandbox's own seeded source; 1 if absent. */
  readonly probability?: number
}

export interface FaultBox {
  set(faults: readonly Fault[]): void
  /** The fault to play on this call, counted as used. */
  take(call: string): Fault | undefined
  list(): readonly Fault[]
}

export function createFaultBox(random: () => number): FaultBox {
  let active: { fault: Fault; pattern: RegExp; skip: number; left: number }[] = []
  return {
    set(faults) {
      active = faults.map((fault) => ({
        fault,
        pattern: new RegExp(fault.match ?? ''),
        skip: fault.skip ?? 0,
        left: fault.times ?? Number.POSITIVE_INFINITY,
      }))
    },
    take(call) {
      for (const entry of active) {
        if (entry.left <= 0 || !entry.pattern.test(call)) continue
        if (entry.skip > 0) {
          entry.skip -= 1
          continue
        }
        if (entry.fault.probability !== undefined && random() >= entry.fault.probability) continue
        entry.left -= 1
        return entry.fault
      }
      return undefined
    },
    list: () => active.filter((entry) => entry.left > 0).map((entry) => entry.fault),
  }
}

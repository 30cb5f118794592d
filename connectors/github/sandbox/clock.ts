/** The vendor's clock: real time, shifted or standing still. */
export interface SandboxClock {
  now(): number
  /** `shiftMs` adds to the shift; `freeze: true` stops at the present time, a number at that time, `false` lets it run. */
  set(change: { readonly shiftMs?: number; readonly freeze?: boolean | number }): void
}

export function createClock(): SandboxClock {
  let shift = 0
  let frozen: number | null = null
  const now = (): number => frozen ?? Date.now() + shift
  return {
    now,
    set({ shiftMs, freeze }) {
      if (shiftMs !== undefined) {
        shift += shiftMs
        if (frozen !== null) frozen += shiftMs
      }
      if (freeze === false) frozen = null
      else if (freeze === true) frozen = now()
      else if (typeof freeze === 'number') frozen = freeze
    },
  }
}

/** Circuit breaker of one connection: pure functions over a row that all nodes share. */
export type Breaker =
  | { readonly status: 'closed'; readonly inRow: number; readonly calls: number; readonly failures: number; readonly since: number }
  | { readonly status: 'open'; readonly until: number; readonly openings: number; readonly since: number }
  | { readonly status: 'probing'; readonly until: number; readonly openings: number; readonly since: number }

const WINDOW_MS = 60_000
const COOL_MS = 2_000
const COOL_CAP_MS = 60_000
const PROBE_MS = 60_000
const IN_ROW = 10
const SHARE = 0.7
const LEAST = 10

export function closedBreaker(now: number): Breaker {
  return { status: 'closed', inRow: 0, calls: 0, failures: 0, since: now }
}

/** Whether a call may go out: `probe` is the one call that tests an open breaker; the caller stores `next` before it sends. */
export function admit(
  breaker: Breaker,
  now: number,
): { readonly go: true; readonly probe: boolean; readonly next: Breaker } | { readonly go: false; readonly at: number } {
  switch (breaker.status) {
    case 'closed':
      return { go: true, probe: false, next: breaker }
    case 'open':
    case 'probing':
      // A probe whose caller died is given up after PROBE_MS.
      if (now < breaker.until) return { go: false, at: breaker.until }
      return { go: true, probe: true, next: { status: 'probing', until: now + PROBE_MS, openings: breaker.openings, since: breaker.since } }
  }
}

/** A probe that was not made, or whose answer says nothing of the vendor's health, is given back: the next call is the probe. */
export function giveBack(breaker: Breaker, now: number): Breaker {
  return breaker.status === 'probing' ? { ...breaker, status: 'open', until: now } : breaker
}

/** Takes in one call's outcome. Only outages count as failures: a refused record or a 429 says nothing of the vendor's health. */
export function record(breaker: Breaker, ok: boolean, now: number): Breaker {
  switch (breaker.status) {
    case 'closed': {
      const fresh = now - breaker.since > WINDOW_MS ? closedBreaker(now) : breaker
      if (fresh.status !== 'closed') return fresh
      if (ok) return { ...fresh, inRow: 0, calls: fresh.calls + 1 }
      const next = { ...fresh, inRow: breaker.inRow + 1, calls: fresh.calls + 1, failures: fresh.failures + 1 }
      const trips = next.inRow >= IN_ROW || (next.calls >= LEAST && next.failures / next.calls >= SHARE)
      return trips ? { status: 'open', until: now + COOL_MS, openings: 1, since: now } : next
    }
    case 'open':
      return breaker
    case 'probing':
      if (ok) return closedBreaker(now)
      return {
        status: 'open',
        until: now + Math.min(COOL_CAP_MS, COOL_MS * 2 ** breaker.openings),
        openings: breaker.openings + 1,
        since: breaker.since,
      }
  }
}

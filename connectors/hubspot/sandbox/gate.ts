import type { SandboxClock } from './clock.ts'
import { missingScopes, rateLimited, Refusal, unauthenticated } from './refusal.ts'
import type { Settings, Token } from './types.ts'

/** Who may do what, how often. */
export interface Gate {
  /** Headers for the answer; throws the vendor's refusal. */
  pass(
    request: Request,
    call: { readonly scope: string | null; readonly search: boolean },
  ): { token: Token; headers: Record<string, string> }
  reset(): void
}

const TEN_SECONDS = 10_000

/** A `Refusal` whose answer carries headers. */
export class Limited extends Refusal {
  readonly headers: Readonly<Record<string, string>>

  constructor(policy: 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY', headers: Readonly<Record<string, string>>) {
    super(429, 'RATE_LIMITS', policy)
    this.headers = headers
    Object.assign(this, { body: rateLimited(policy) })
  }
}

export function createGate(clock: SandboxClock, settings: Settings, tokens: readonly Token[]): Gate {
  const windows = new Map<string, number[]>()

  /** Calls of the last `ms`, this one included unless it is refused; returns how many are left, or -1. */
  function take(key: string, ms: number, limit: number): { left: number; wait: number } {
    const now = clock.now()
    const calls = windows.get(key) ?? []
    windows.set(key, calls)
    while (calls.length > 0 && calls[0]! <= now - ms) calls.shift()
    if (calls.length >= limit) return { left: -1, wait: (calls[0] ?? now) + ms - now }
    calls.push(now)
    return { left: limit - calls.length, wait: 0 }
  }

  return {
    pass(request, { scope, search }) {
      const bearer = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
      const token = tokens.find((one) => one.token === bearer)
      if (!token) throw unauthenticated()
      const denied = token.changeSource === 'INTEGRATION' && settings.deniedScopes.includes(scope ?? '')
      if (scope !== null && (denied || (token.scopes && !token.scopes.includes(scope)))) throw missingScopes([scope])
      if (settings.daily !== null) {
        if (settings.daily <= 0) throw new Limited('DAILY', { 'x-hubspot-ratelimit-daily-remaining': '0', ...retryAfter(3_600_000) })
        settings.daily -= 1
      }
      if (search) {
        const { left, wait } = take('search', 1_000, settings.searchPerSecond)
        if (left < 0) throw new Limited('SECONDLY', retryAfter(wait))
        return { token, headers: {} }
      }
      const { left, wait } = take(token.token, TEN_SECONDS, settings.tenSecondly)
      const headers = {
        'x-hubspot-ratelimit-max': String(settings.tenSecondly),
        'x-hubspot-ratelimit-remaining': String(Math.max(left, 0)),
        'x-hubspot-ratelimit-interval-milliseconds': String(TEN_SECONDS),
      }
      if (left < 0) throw new Limited('TEN_SECONDLY_ROLLING', { ...headers, ...retryAfter(wait) })
      return { token, headers }
    },
    reset: () => windows.clear(),
  }

  function retryAfter(ms: number): Record<string, string> {
    return settings.retryAfter ? { 'retry-after': String(Math.max(1, Math.ceil(ms / 1_000))) } : {}
  }
}

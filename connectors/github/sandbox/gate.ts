import type { SandboxClock } from './clock.ts'
import { notFound, Refusal, SECONDARY } from './refusal.ts'
import type { Settings, Token } from './types.ts'

/** Who may do what, how often. */
export interface Gate {
  /** The token's owner; throws the vendor's refusal. `content`: the call makes an issue or a comment. */
  pass(request: Request, call: { readonly permission: string | null; readonly content: boolean }): Token
  /** Headers of the primary limit. */
  headers(token: Token | null): Record<string, string>
  /** A 304 to a conditional question costs nothing. */
  refund(token: Token): void
  reset(): void
}

const HOUR = 3_600_000
const MINUTE = 60_000

export function createGate(clock: SandboxClock, settings: Settings, tokens: readonly Token[]): Gate {
  const used = new Map<string, { count: number; reset: number }>()
  const content = new Map<string, number[]>()

  function windowOf(token: Token): { count: number; reset: number } {
    const known = used.get(token.token)
    if (known && clock.now() < known.reset) return known
    const fresh = { count: 0, reset: clock.now() + HOUR }
    used.set(token.token, fresh)
    return fresh
  }

  function headers(token: Token | null): Record<string, string> {
    if (!token) return {}
    const { count, reset } = windowOf(token)
    return {
      'x-ratelimit-limit': String(settings.primary),
      'x-ratelimit-remaining': String(Math.max(0, settings.primary - count)),
      'x-ratelimit-used': String(Math.min(count, settings.primary)),
      'x-ratelimit-reset': String(Math.ceil(reset / 1_000)),
      'x-ratelimit-resource': 'core',
    }
  }

  return {
    pass(request, call) {
      const given = /^(?:token|bearer) (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
      // The repository is private: without a token it does not exist.
      if (given === undefined) throw notFound()
      const token = tokens.find((one) => one.token === given)
      if (!token) throw new Refusal(401, 'Bad credentials')
      const version = request.headers.get('x-github-api-version')
      if (version !== null && version !== '2022-11-28' && version !== '2026-03-10') {
        throw new Refusal(400, `API version "${version}" is not a supported version.`)
      }
      const window = windowOf(token)
      if (window.count >= settings.primary) {
        throw new Refusal(403, `API rate limit exceeded for user ID ${token.user.id}.`, {}, headers(token))
      }
      window.count += 1
      if (call.permission !== null && token.lacks?.includes(call.permission)) {
        throw new Refusal(403, 'Resource not accessible by personal access token', {}, { 'x-accepted-github-permissions': call.permission })
      }
      if (call.content) {
        const now = clock.now()
        const recent = (content.get(token.token) ?? []).filter((at) => at > now - MINUTE)
        content.set(token.token, recent)
        if (recent.length >= settings.contentPerMinute) {
          throw new Refusal(403, SECONDARY, {}, settings.retryAfter ? { 'retry-after': '60' } : {})
        }
        recent.push(now)
      }
      return token
    },
    headers,
    refund(token) {
      windowOf(token).count -= 1
    },
    reset() {
      used.clear()
      content.clear()
    },
  }
}

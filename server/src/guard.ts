import type { MiddlewareHandler } from 'hono'
import { Problem } from './problem.ts'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

export const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** Headers that every answer has. */
export function securityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next()
    c.header('content-security-policy', POLICY)
    c.header('x-content-type-options', 'nosniff')
    c.header('referrer-policy', 'no-referrer')
    c.header('x-frame-options', 'DENY')
    c.header('cross-origin-opener-policy', 'same-origin')
    c.header('cross-origin-resource-policy', 'same-origin')
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store')
  }
}

/**
 * Keeps other sites' pages out: a request must name a host that is ours (a foreign name pointing to this machine does not), and
 * one that changes something must not come from another origin, whatever its content type.
 */
export function sameSite(options: { readonly listensOnLoopback: boolean; readonly publicUrl: string }): MiddlewareHandler {
  const own = new URL(options.publicUrl).host
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    const name = host.replace(/:\d+$/, '')
    if (options.listensOnLoopback && !LOOPBACK.has(name) && host !== own)
      throw new Problem(403, 'foreign-host', 'This hub does not go by that name', 'Use 127.0.0.1, or set listen.publicUrl.')
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const site = c.req.header('sec-fetch-site')
      const origin = c.req.header('origin')
      const isForeign =
        (site !== undefined && site !== 'same-origin' && site !== 'none') || (origin !== undefined && !isOwn(origin, host, own))
      if (isForeign) throw new Problem(403, 'cross-site', 'The request comes from another site', 'Act from the console itself.')
    }
    await next()
  }
}

function isOwn(origin: string, host: string, own: string): boolean {
  if (!URL.canParse(origin)) return false
  const from = new URL(origin).host
  return from === host || from === own
}

/** A token in an address ends up in logs and histories. */
export function noTokenInAddress(): MiddlewareHandler {
  return async (c, next) => {
    const found = [...new URL(c.req.url).searchParams.keys()].find((name) => /^(access_?token|token|api_?key|authorization)$/i.test(name))
    if (found !== undefined)
      throw new Problem(
        400,
        'token-in-address',
        'A token does not belong into an address',
        `Send it as Authorization: Bearer instead of ?${found}=.`,
      )
    await next()
  }
}

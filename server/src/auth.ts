import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { Problem } from './problem.ts'

const SESSION_MS = 12 * 3_600_000
const CODE_MS = 10 * 60_000
const MOST = 1_000

/** Who may look and act: programs by bearer token, people by a session that a token or a one-time code opened. */
export interface Auth {
  /** Whether the request carries the bearer token. */
  isBearer(c: Context): boolean
  isToken(given: string): boolean
  hasSession(c: Context): boolean
  /** Opens a new session, and ends the one that the request came with. */
  open(c: Context): void
  close(c: Context): void
  /** A code that opens one session within ten minutes. */
  code(): string
  /** Uses a code up. */
  redeem(code: string): boolean
}

export function createAuth(token: string, options: { readonly secure: boolean; now(): number }): Auth {
  const wanted = digest(token)
  const sessions = new Map<string, number>()
  const codes = new Map<string, number>()
  // The prefix binds the cookie to this host and to https; browsers refuse it over plain http.
  const cookie = options.secure ? '__Host-throughline' : 'throughline'

  const isToken = (given: string): boolean => timingSafeEqual(digest(given), wanted)

  function add(to: Map<string, number>, ms: number): string {
    const now = options.now()
    for (const [key, until] of to) if (until <= now || to.size >= MOST) to.delete(key)
    const key = randomBytes(32).toString('base64url')
    // Kept hashed, so that looking it up takes no time that depends on the key.
    to.set(digest(key).toString('hex'), now + ms)
    return key
  }

  const alive = (of: Map<string, number>, key: string | undefined): boolean =>
    key !== undefined && (of.get(digest(key).toString('hex')) ?? 0) > options.now()

  function close(c: Context): void {
    const key = getCookie(c, cookie)
    if (key !== undefined) sessions.delete(digest(key).toString('hex'))
    deleteCookie(c, cookie, { path: '/', secure: options.secure })
  }

  return {
    isToken,
    isBearer: (c) => {
      const given = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
      return given !== undefined && isToken(given)
    },
    hasSession: (c) => alive(sessions, getCookie(c, cookie)),
    open: (c) => {
      close(c)
      setCookie(c, cookie, add(sessions, SESSION_MS), {
        path: '/',
        httpOnly: true,
        sameSite: 'Strict',
        secure: options.secure,
        maxAge: SESSION_MS / 1_000,
      })
    },
    close,
    code: () => add(codes, CODE_MS),
    redeem: (code) => {
      const ok = alive(codes, code)
      codes.delete(digest(code).toString('hex'))
      return ok
    },
  }
}

export function unauthorised(): Problem {
  return new Problem(
    401,
    'unauthorised',
    'The bearer token is missing or wrong',
    'Send Authorization: Bearer followed by the hub’s token.',
    {
      'www-authenticate': 'Bearer realm="throughline"',
    },
  )
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

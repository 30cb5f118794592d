import { createHmac, timingSafeEqual } from 'node:crypto'
import { refuse } from './errors.ts'

/** Ghost's check of an Admin API token: key id, signature, audience, and a life of five minutes at most. */
export function authenticate(request: Request, key: string, now: number): void {
  const [id, secret = ''] = key.split(':')
  const token = /^Ghost (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
  const [head = '', claims = '', signature = ''] = token.split('.')
  const { alg, kid } = read(head)
  const { aud, iat, exp } = read(claims)
  const expected = createHmac('sha256', Buffer.from(secret, 'hex')).update(`${head}.${claims}`).digest()
  const given = Buffer.from(signature, 'base64url')
  const seconds = now / 1_000
  const isSigned = alg === 'HS256' && kid === id && given.length === expected.length && timingSafeEqual(given, expected)
  if (!isSigned || aud !== '/admin/' || typeof iat !== 'number' || typeof exp !== 'number') throw refuse(401)
  if (exp < seconds || exp - iat > 300 || iat > seconds + 5) throw refuse(401, 'jwt expired')
}

function read(part: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

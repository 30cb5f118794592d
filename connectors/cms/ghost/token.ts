import { createHmac } from 'node:crypto'

const MINUTE = 60

/** The short-lived JSON Web Token that Ghost takes instead of the key itself; Ghost allows five minutes at most. */
export function adminToken(key: string, now: number): string {
  const [kid = '', secret = ''] = key.split(':')
  const iat = Math.floor(now / 1_000)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg: 'HS256', typ: 'JWT', kid })}.${part({ iat, exp: iat + 4 * MINUTE, aud: '/admin/' })}`
  return `${signed}.${createHmac('sha256', Buffer.from(secret, 'hex')).update(signed).digest('base64url')}`
}

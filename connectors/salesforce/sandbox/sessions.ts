import { createVerify, type KeyLike } from 'node:crypto'
import { makeId } from './ids.ts'

/** A connected client of the org. Whoever logs in through it acts as its run-as user. */
export interface Client {
  readonly id: string
  readonly secret: string
  readonly user: string
  /** Checks JWT bearer assertions; without one the client cannot use that flow. */
  readonly publicKey?: KeyLike
}

export const ORGANISATION = '00DgL0000000001UAA'
/** The integration user that the hub's token acts as. */
export const HUB_USER = makeId('005', 1)
/** Somebody who works in the vendor's own tool. */
export const HUMAN_USER = makeId('005', 2)

export const CLIENTS: readonly Client[] = [
  { id: 'throughline', secret: 'salesforce-secret', user: HUB_USER },
  { id: 'human', secret: 'human-secret', user: HUMAN_USER },
]

export type Granted =
  | { readonly ok: true; readonly token: string; readonly user: string; readonly refreshToken?: string }
  | { readonly ok: false; readonly error: string; readonly description: string }

export interface Sessions {
  grant(params: URLSearchParams): Granted
  /** The user of a bearer token, unless it has expired. */
  userOf(token: string): string | undefined
  /** Ends every session, or one user's. */
  expire(user?: string): void
  /** How often a token was granted. */
  grants(): number
}

/** `now` in milliseconds UTC. */
export function createSessions(clients: readonly Client[], now: () => number): Sessions {
  const tokens = new Map<string, string>()
  let granted = 0
  const refuse = (error: string, description: string): Granted => ({ ok: false, error, description })
  const open = (user: string, refreshToken?: string): Granted => {
    granted += 1
    const token = `${ORGANISATION.slice(0, 15)}!AQ${granted.toString(36).padStart(6, '0')}.${user.slice(0, 15)}`
    tokens.set(token, user)
    return { ok: true, token, user, ...(refreshToken === undefined ? {} : { refreshToken }) }
  }

  return {
    grant(params) {
      const client = clients.find((entry) => entry.id === params.get('client_id'))
      switch (params.get('grant_type') ?? '') {
        case 'client_credentials':
          if (!client) return refuse('invalid_client_id', 'client identifier invalid')
          if (client.secret !== params.get('client_secret')) return refuse('invalid_client', 'invalid client credentials')
          return open(client.user)
        case 'refresh_token':
          if (!client) return refuse('invalid_client_id', 'client identifier invalid')
          if (params.get('refresh_token') !== `refresh-${client.id}`) return refuse('invalid_grant', 'expired access/refresh token')
          return open(client.user, `refresh-${client.id}`)
        case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
          return bearer(params.get('assertion') ?? '')
        default:
          return refuse('unsupported_grant_type', 'grant type not supported')
      }
    },
    userOf: (token) => tokens.get(token),
    expire(user) {
      for (const [token, owner] of tokens) if (user === undefined || owner === user) tokens.delete(token)
    },
    grants: () => granted,
  }

  function bearer(assertion: string): Granted {
    const [head = '', body = '', signature = ''] = assertion.split('.')
    let claims: { iss?: unknown; exp?: unknown }
    try {
      claims = JSON.parse(Buffer.from(body, 'base64url').toString())
    } catch {
      return refuse('invalid_grant', 'invalid assertion')
    }
    const client = clients.find((entry) => entry.id === claims.iss)
    if (!client?.publicKey) return refuse('invalid_client_id', 'client identifier invalid')
    if (!createVerify('RSA-SHA256').update(`${head}.${body}`).verify(client.publicKey, signature, 'base64url')) {
      return refuse('invalid_grant', 'invalid assertion')
    }
    if (typeof claims.exp !== 'number' || claims.exp * 1000 < now()) return refuse('invalid_grant', 'expired authorization code')
    return open(client.user)
  }
}

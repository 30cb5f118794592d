import { VendorError } from '@throughline/sdk'
import type { ConnectorIo } from '@throughline/sdk'
import { fateOf, faultIn, retryAt } from './classify.ts'
import { trimSlash, type SalesforceConfig } from './config.ts'
import { share } from './share.ts'
import { codeOf } from './transport.ts'

export interface Session {
  /** A token that nothing has refused yet; asks for one if there is none. Throws `VendorError`. */
  token(signal: AbortSignal): Promise<string>
  /** Says that a call was refused with this token. Whoever says so late, after a renewal, does no harm. */
  refused(token: string): void
  /** The user whom the tokens act as, if the log-in said so. */
  user(): string | null
}

/** Tokens of one connection. However many calls find a token expired at once, one request renews it. */
export function createSession(config: SalesforceConfig, io: ConnectorIo): Session {
  let current = config.accessToken ?? null
  let user: string | null = null
  const logIn = share(async (signal) => {
    const granted = await requestToken(config, io, signal)
    current = granted.token
    user = granted.user
    io.log('salesforce session opened')
    return granted.token
  })

  return {
    async token(signal) {
      if (current !== null) return current
      if (config.accessToken !== undefined) {
        throw new VendorError('unauthorised', 'Salesforce refused the configured access token, and there is no client to renew it with')
      }
      return logIn(signal)
    },
    refused(token) {
      if (current === token) current = null
    },
    user: () => user,
  }
}

async function requestToken(
  config: SalesforceConfig,
  io: ConnectorIo,
  signal: AbortSignal,
): Promise<{ token: string; user: string | null }> {
  const url = `${trimSlash(config.loginUrl ?? config.instanceUrl)}/services/oauth2/token`
  const form = { grant_type: 'client_credentials', client_id: config.clientId ?? '', client_secret: config.clientSecret ?? '' }
  let response: Response
  let text: string
  try {
    response = await io.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams(form).toString(),
      redirect: 'manual',
      signal,
    })
    text = await response.text()
  } catch (cause) {
    throw new VendorError('retry', `Salesforce gave no answer to a log-in (${codeOf(cause) || String(cause)})`, { cause })
  }
  const body = parse(text)
  if (response.ok && typeof body === 'object' && body !== null && 'access_token' in body && typeof body.access_token === 'string') {
    // The identity URL ends in /organisation/user.
    const id = 'id' in body && typeof body.id === 'string' ? (body.id.split('/').at(-1) ?? null) : null
    return { token: body.access_token, user: id }
  }
  const fault = faultIn(body)
  const fate = fateOf({ status: response.status, sent: true }, fault)
  const at = retryAt(response.headers, io.now())
  const what = `Salesforce answered a log-in with ${response.status}${fault ? ` ${fault.code}: ${fault.message}` : ''}`
  if (fate === 'limited') throw new VendorError('limited', what, { at })
  // The log-in has no effect worth a doubt, so a lost answer is just asked for again; a page instead of a token is no token.
  if (fate === 'busy' || (fate === 'lost' && !response.ok)) throw new VendorError('retry', what, { at })
  throw new VendorError('unauthorised', what)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

import { serveSandbox, type Sandbox } from '@throughline/sdk/sandbox'
import { admin } from './admin.ts'
import { changes } from './changes.ts'
import { collections } from './collections.ts'
import { cometd } from './cometd.ts'
import { oauth } from './oauth.ts'
import { createOrg, type Org, type OrgOptions } from './org.ts'
import { query } from './query.ts'
import { rows } from './rows.ts'
import { tooling } from './tooling.ts'

export { HUB_USER, HUMAN_USER } from './sessions.ts'
export type { Org, OrgOptions } from './org.ts'

/** A stateful stand-in for one Salesforce org, on loopback. Port 0 takes a free one. */
export async function serveSalesforce(
  port: number,
  options: OrgOptions & { readonly seed?: number } = {},
): Promise<Sandbox & { readonly org: Org }> {
  const org = createOrg(options)
  // The first handler that fits answers: the calls the hub makes most come first, fixed paths before named parts.
  const handlers = [
    ...collections(org),
    ...query(org),
    ...oauth(org),
    ...changes(org),
    ...tooling(org),
    ...rows(org),
    ...cometd(org, options.holdMs ?? HOLD_MS),
  ]
  const sandbox = await serveSandbox(
    { name: 'salesforce', handlers, errorBody, isWrite, admin: admin(org), ...(options.seed === undefined ? {} : { seed: options.seed }) },
    port,
  )
  return { ...sandbox, org }
}

const HOLD_MS = 110_000

const ERRORS: Readonly<Record<number, readonly [string, string]>> = {
  400: ['UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access to this record'],
  401: ['INVALID_SESSION_ID', 'Session expired or invalid'],
  403: ['REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'],
  404: ['NOT_FOUND', 'The requested resource does not exist'],
  503: ['SERVER_UNAVAILABLE', 'The server is temporarily unavailable'],
}

function errorBody(status: number): { readonly body: unknown } {
  const [errorCode, message] = ERRORS[status] ?? ['UNKNOWN_EXCEPTION', 'An unexpected error occurred']
  return { body: [{ message, errorCode }] }
}

/** Whether a call writes records: `POST /composite/sobjects/Contact` reads, and so does a token's grant. */
export function isWrite(call: string): boolean {
  return /^(?:PATCH|DELETE) .*\/(?:sobjects)\b|^POST .*\/v[\d.]+\/(?:sobjects\/[^/]+|composite\/sobjects)\/?$/.test(call)
}

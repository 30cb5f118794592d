import type { Fault } from '@throughline/sdk/sandbox'
import { serveSalesforce, type OrgOptions } from './index.ts'

export interface Raw<T> {
  readonly status: number
  readonly body: T
  readonly headers: Headers
}

/** A sandbox of its own and plain HTTP against it: what tests use to see it without our connector. */
export async function serveRaw(options: OrgOptions = {}) {
  const sandbox = await serveSalesforce(0, options)
  const { url } = sandbox
  const tokens = new Map<string, string>()

  async function logIn(id: 'throughline' | 'human'): Promise<string> {
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: id === 'human' ? 'human-secret' : 'salesforce-secret' }
    const response = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) })
    const token = ((await response.json()) as { access_token: string }).access_token
    tokens.set(id, token)
    return token
  }

  return {
    url,
    sandbox,
    logIn,
    /** A call below `/services/data/v67.0` (or from `/services/`) as a person who works there. */
    async call<T = unknown>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Raw<T>> {
      const token = tokens.get('human') ?? (await logIn('human'))
      const response = await fetch(`${url}${path.startsWith('/services/') ? '' : '/services/data/v67.0'}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      const json = /json/.test(response.headers.get('content-type') ?? '') ? (JSON.parse(text) as T) : (text as T)
      return { status: response.status, body: json, headers: response.headers }
    },
    async admin<T = unknown>(verb: string, input: unknown = {}): Promise<T> {
      const response = await fetch(`${url}/_sandbox/${verb}`, { method: 'POST', body: JSON.stringify(input) })
      if (!response.ok) throw new Error(`${verb}: ${await response.text()}`)
      return (await response.json()) as T
    },
    async play(...faults: readonly Fault[]): Promise<void> {
      await fetch(`${url}/_sandbox/faults`, { method: 'PUT', body: JSON.stringify(faults) })
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}

export const soql = (text: string, all = false): string => `/${all ? 'queryAll' : 'query'}?q=${encodeURIComponent(text)}`

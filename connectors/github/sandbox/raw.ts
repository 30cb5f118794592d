import { HUMAN_TOKEN, REPOSITORY } from './index.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly json: Json
}

/** A JSON value that may be looked into without ceremony. */
export interface Json {
  readonly [member: string]: Json
  readonly [index: number]: Json
}

export const REPO = `/repos/${REPOSITORY}`

/** Plain HTTP against the sandbox, for tests that must not lean on the connector. */
export function rawClient(url: string, token: string | null = HUMAN_TOKEN) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<RawAnswer> => {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `token ${token}` }), ...headers },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, json: (/^[[{]/.test(text) ? JSON.parse(text) : null) as Json }
  }
}

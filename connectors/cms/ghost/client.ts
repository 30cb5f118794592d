import type { ConnectorIo, RawRecord } from '@throughline/sdk'
import { demand, type Voice, vendorNow } from '../shared/classify.ts'
import { type Answer, send } from '../shared/http.ts'
import { asArray, asObject, asText } from '../shared/json.ts'
import type { GhostConfig } from './config.ts'
import { recordOf } from './record.ts'
import { adminToken } from './token.ts'

/** Ghost's `{errors: [{type, code, message, context}]}`; messages may quote values, type and code do not. */
export const voice: Voice = {
  name: 'Ghost',
  explain(body) {
    const errors = asArray(asObject(body).errors).map(asObject)
    return errors.map((error) => [asText(error.type), asText(error.code)].filter((part) => part !== null).join(' ')).join(', ')
  },
}

export const PAGE = 100

export interface Posts {
  readonly records: readonly RawRecord[]
  readonly full: boolean
  readonly vendorTime: number
}

export interface GhostClient {
  /** Never throws; `classify` reads the answer. `path` is below `/ghost/api/admin/`. */
  fetch(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Answer>
  /** One page of posts of every status. Throws a `VendorError`. */
  posts(filter: string | null, order: string, signal: AbortSignal): Promise<Posts>
  now(): number
}

export function createClient(config: GhostConfig, io: Pick<ConnectorIo, 'fetch' | 'now'>): GhostClient {
  const base = `${config.url.replace(/\/+$/, '')}/ghost/api/admin/`

  const fetch: GhostClient['fetch'] = (method, path, body, signal) => {
    const headers = { authorization: `Ghost ${adminToken(config.adminKey, io.now())}`, 'accept-version': 'v5.0' }
    return send(io.fetch, { method, url: new URL(base + path), headers, ...(body === undefined ? {} : { body }) }, signal)
  }
  return {
    fetch,
    now: () => io.now(),
    async posts(filter, order, signal) {
      const query = new URLSearchParams({ include: 'tags', limit: String(PAGE), order, ...(filter === null ? {} : { filter }) })
      const answer = await fetch('GET', `posts/?${query.toString()}`, undefined, signal)
      const rows = asArray(demand(voice, answer, io.now()).posts)
      const records = rows.map(recordOf).filter((record) => record !== null)
      return { records, full: rows.length >= PAGE, vendorTime: vendorNow(answer, io.now()) }
    },
  }
}

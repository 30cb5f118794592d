import type { ConnectorIo } from '@throughline/sdk'
import { demand, type Voice, vendorNow } from '../shared/classify.ts'
import { type Answer, send } from '../shared/http.ts'
import { asArray, asObject, asText } from '../shared/json.ts'
import type { StrapiConfig } from './config.ts'

/** Strapi's `{error: {status, name, message, details}}`; the message quotes no values but the names of fields. */
export const voice: Voice = {
  name: 'Strapi',
  explain(body) {
    const error = asObject(asObject(body).error)
    const paths = asArray(asObject(error.details).errors).flatMap((each) => asArray(asObject(each).path))
    return [asText(error.name), ...paths].filter((part) => part !== null).join(' ')
  },
}

export type Status = 'draft' | 'published'
export type Query = readonly (readonly [name: string, value: string])[]

export interface Rows {
  readonly rows: readonly unknown[]
  readonly vendorTime: number
}

/** The vendor's calls that the connector makes. `rows` throws a `VendorError`; the others never throw, `classify` reads them. */
export interface StrapiClient {
  rows(status: Status, query: Query, signal: AbortSignal): Promise<Rows>
  fetch(method: string, documentId: string | null, query: Query, body: unknown, signal: AbortSignal): Promise<Answer>
  now(): number
}

export function createClient(config: StrapiConfig, io: Pick<ConnectorIo, 'fetch' | 'now'>): StrapiClient {
  const base = `${config.url.replace(/\/+$/, '')}/api/${config.collection ?? 'articles'}`
  const headers = { authorization: `Bearer ${config.token}` }

  const fetch: StrapiClient['fetch'] = (method, documentId, query, body, signal) => {
    const url = new URL(documentId === null ? base : `${base}/${encodeURIComponent(documentId)}`)
    for (const [name, value] of query) url.searchParams.append(name, value)
    return send(io.fetch, { method, url, headers, ...(body === undefined ? {} : { body }) }, signal)
  }
  return {
    fetch,
    now: () => io.now(),
    async rows(status, query, signal) {
      const answer = await fetch('GET', null, [['status', status], ['pagination[withCount]', 'false'], ...query], undefined, signal)
      const body = demand(voice, answer, io.now())
      return { rows: asArray(body.data), vendorTime: vendorNow(answer, io.now()) }
    },
  }
}

/** `filters[field][$in][0]=…` */
export function isIn(field: string, values: readonly string[]): Query {
  return values.map((value, index) => [`filters[${field}][$in][${index}]`, value] as const)
}

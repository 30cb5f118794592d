import { type ConnectorIo, type RawRecord, VendorError } from '@throughline/sdk'
import { demand, type Voice, vendorNow } from '../shared/classify.ts'
import { type Answer, send } from '../shared/http.ts'
import { asArray, asObject, asText } from '../shared/json.ts'
import type { ContentfulConfig } from './config.ts'
import { createRecordOf, type RecordOf } from './record.ts'

/** Contentful's `{sys: {type: 'Error', id}, message, details: {errors: [{name, path}]}}`; messages may quote values. */
export const voice: Voice = {
  name: 'Contentful',
  explain(body) {
    const { sys, details } = asObject(body)
    const problems = asArray(asObject(details).errors)
      .map(asObject)
      .map(({ name, path }) => [asText(name), asArray(path).join('.')].filter((part) => part !== null && part !== '').join(' '))
    return [asText(asObject(sys).id), ...problems].filter((part) => part !== null && part !== '').join(', ')
  },
}

export const PAGE = 100
const MEDIA_TYPE = 'application/vnd.contentful.management.v1+json'

export type Query = readonly (readonly [name: string, value: string])[]

export interface Options {
  readonly query?: Query
  readonly body?: unknown
  /** The version that the call is based on. Without one Contentful takes a PUT for a create. */
  readonly version?: number
  /** Names the content type, as creating takes. */
  readonly creates?: true
}

export interface Entries {
  readonly records: readonly RawRecord[]
  readonly full: boolean
  readonly vendorTime: number
}

export interface ContentfulClient {
  readonly recordOf: RecordOf
  readonly locale: string
  /** Never throws; `classify` reads the answer. `path` is below the environment. */
  fetch(method: string, path: string, options: Options, signal: AbortSignal): Promise<Answer>
  /** One page of entries of the content type, drafts and archived ones too. Throws a `VendorError`. */
  entries(query: Query, signal: AbortSignal): Promise<Entries>
  now(): number
}

export function createClient(config: ContentfulConfig, io: Pick<ConnectorIo, 'fetch' | 'now' | 'fields'>): ContentfulClient {
  const { url = 'https://api.contentful.com', space, environment = 'master', contentType = 'article', locale = 'en-US' } = config
  const base = `${url.replace(/\/+$/, '')}/spaces/${encodeURIComponent(space)}/environments/${encodeURIComponent(environment)}/`
  const recordOf = createRecordOf(config, io.fields.articles ?? [])
  const typed: typeof globalThis.fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    if (headers.has('content-type')) headers.set('content-type', MEDIA_TYPE)
    return io.fetch(input, { ...init, headers })
  }

  const fetch: ContentfulClient['fetch'] = async (method, path, { query = [], body, version, creates }, signal) => {
    const target = new URL(base + path)
    for (const [name, value] of query) target.searchParams.append(name, value)
    const headers = {
      authorization: `Bearer ${config.token}`,
      ...(version === undefined ? {} : { 'x-contentful-version': String(version) }),
      ...(creates ? { 'x-contentful-content-type': contentType } : {}),
    }
    const answer = await send(typed, { method, url: target, headers, ...(body === undefined ? {} : { body }) }, signal)
    // Contentful names the seconds to wait in a header of its own.
    const header = (name: string): string | null =>
      answer.header(name) ?? (name === 'retry-after' ? answer.header('x-contentful-ratelimit-reset') : null)
    return { ...answer, header }
  }
  return {
    recordOf,
    locale,
    fetch,
    now: () => io.now(),
    async entries(query, signal) {
      const asked: Query = [['content_type', contentType], ['limit', String(PAGE)], ...query]
      const answer = await fetch('GET', 'entries', { query: asked }, signal)
      const { items } = demand(voice, answer, io.now())
      if (!Array.isArray(items)) throw new VendorError('unauthorised', 'Contentful answered, but not with a list of entries')
      const records = items.map(recordOf).map((record) => {
        if (record === null) throw new VendorError('retry', 'Contentful lists something that is no entry of the content type')
        return record
      })
      return { records, full: items.length >= PAGE, vendorTime: vendorNow(answer, io.now()) }
    },
  }
}

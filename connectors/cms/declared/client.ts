import { type ConnectorIo, type RawRecord, VendorError } from '@throughline/sdk'
import { demand, type Voice, vendorNow } from '../shared/classify.ts'
import { type Answer, send } from '../shared/http.ts'
import type { DeclaredConfig } from './config.ts'
import type { Description, Query, Route } from './description.ts'
import { valueAt } from './pointer.ts'
import type { DeclaredStream } from './stream.ts'
import { fill, type Values } from './template.ts'

export interface Listed {
  readonly records: readonly RawRecord[]
  /** A full page: there may be more. */
  readonly full: boolean
  readonly vendorTime: number
  readonly answer: Answer
}

export interface DeclaredClient {
  readonly voice: Voice
  now(): number
  url(route: Route, more: Query, values: Values): URL
  /** Never throws; `classify` reads the answer. */
  fetch(method: string, url: URL, body: unknown, signal: AbortSignal): Promise<Answer>
  /** Objects of one answer. Throws a `VendorError`. */
  records(stream: DeclaredStream, url: URL, signal: AbortSignal): Promise<Listed>
}

export function createClient(description: Description, config: DeclaredConfig, io: Pick<ConnectorIo, 'fetch' | 'now'>): DeclaredClient {
  const base = config.url.replace(/\/+$/, '')
  const headers = { [description.auth.header]: fill(description.auth.value, { token: config.token }) }
  const voice: Voice = {
    name: description.title,
    explain(body) {
      const code = description.error === undefined ? undefined : valueAt(body, description.error)
      return typeof code === 'string' || typeof code === 'number' ? String(code) : ''
    },
  }

  const client: DeclaredClient = {
    voice,
    now: () => io.now(),
    url(route, more, values) {
      const url = new URL(base + fill(route.path, values, encodeURIComponent))
      for (const [name, value] of Object.entries({ ...route.query, ...more })) url.searchParams.set(name, fill(value, values))
      return url
    },
    fetch: (method, url, body, signal) => send(io.fetch, { method, url, headers, ...(body === undefined ? {} : { body }) }, signal),
    async records(stream, url, signal) {
      const answer = await client.fetch('GET', url, undefined, signal)
      const rows = valueAt(demand(voice, answer, io.now()), stream.described.records)
      if (!Array.isArray(rows))
        throw new VendorError('unauthorised', `${voice.name} answers without a list where the description says it is`)
      const records = rows.map((row) => stream.record(row)).filter((record) => record !== null)
      return { records, full: rows.length >= stream.described.page, vendorTime: vendorNow(answer, io.now()), answer }
    },
  }
  return client
}

import type { ConnectorIo } from './connector.ts'
import { VendorError } from './errors.ts'
import { type Reply, send } from './http.ts'
import { classify, errorOf, type Verdict, vendorNow, type Voice } from './verdict.ts'

/** A reply, and what it means. */
export interface Answer extends Reply {
  readonly verdict: Verdict
  /** HTTP status; 0 where there was no answer. */
  readonly status: number
  /** The vendor's clock when it answered, ms UTC. */
  readonly vendorTime: number
}

/** JSON over HTTP with one vendor. Every call goes out exactly once; retries are the hub's. */
export interface Client {
  /** For writes: never throws for anything the network or the vendor does. `body` is sent as JSON. */
  call(method: string, path: string, signal: AbortSignal, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** For readings: an answer whose verdict is `ok`, or a `VendorError`. */
  ask(method: string, path: string, signal: AbortSignal, body?: unknown): Promise<Answer>
}

export interface ClientOptions extends Voice {
  /** Base URL, with or without a path of its own; `path` is appended to it. */
  readonly url: string
  /** Sent with every call: credentials and versions. They appear in no exchange, error or log line. */
  readonly headers: Readonly<Record<string, string>>
}

export function createClient(options: ClientOptions, io: ConnectorIo): Client {
  const base = options.url.replace(/\/+$/, '')
  const client: Client = {
    async call(method, path, signal, body, headers = {}) {
      const url = new URL(`${base}${path}`)
      const reply = await send(io.fetch, { method, url, headers: { ...options.headers, ...headers }, body }, signal)
      const now = io.now()
      const verdict = classify(options, reply, now)
      return { ...reply, verdict, status: reply.exchange.status ?? 0, vendorTime: vendorNow(reply, now) }
    },
    async ask(method, path, signal, body) {
      const answer = await client.call(method, path, signal, body)
      if (answer.verdict.kind !== 'ok') throw errorOf(options, answer.verdict, answer)
      return answer
    },
  }
  return client
}

/**
 * The list of objects that an answer holds under a name; without a name, the answer itself. A `VendorError` to try again where there
 * is none: what is not the vendor's answer must not pass for an empty one.
 */
export function rowsOf(answer: Answer, name?: string): readonly object[] {
  const { body, exchange } = answer
  const rows = name === undefined || typeof body !== 'object' ? body : (body as Readonly<Record<string, unknown>> | null)?.[name]
  if (Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null)) return rows
  throw new VendorError('retry', `${exchange.method} ${exchange.path.split('?')[0]} answered without a list "${name ?? ''}" of objects`)
}

/** A path with its query, each value escaped; a list repeats its name. */
export function withQuery(path: string, query: Readonly<Record<string, string | readonly string[]>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)]))
  return `${path}?${new URLSearchParams(pairs).toString()}`
}

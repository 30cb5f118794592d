import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Mapping, parseMapping } from '@throughline/contracts'
import type { Connection, Connector, Delivery, Fields, Page, RawRecord, Stream, WriteResult } from '@throughline/sdk'
import type { CallCounters, Fault } from '@throughline/sdk/sandbox'
import type { Remote, StreamSubject, Subject } from './subject.ts'

/** One stream of a connected connector beside the vendor's own truth: what every law plays in. */
export interface Scene<Config = unknown> {
  readonly subject: Subject<Config>
  readonly stream: string
  readonly kind: Stream
  readonly own: StreamSubject
  /** The stream's default mapping. */
  readonly mapping: Mapping
  readonly remote: Remote<Config>
  readonly connection: Connection
  /** Ends every call after twenty seconds: a law that hangs fails. */
  readonly signal: AbortSignal
  /** Every log line, as text. */
  readonly logged: readonly string[]
  /** A second connection, as after a restart. */
  reconnect(config?: Config): Connection
  play(...faults: readonly Fault[]): Promise<void>
  calls(): Promise<CallCounters>
  settle(): Promise<void>
  truth(): Promise<ReadonlyMap<string, Fields>>
}

export async function withScene<Config>(
  subject: Subject<Config>,
  stream: string,
  act: (scene: Scene<Config>) => Promise<void>,
): Promise<void> {
  const kind = subject.connector.streams[stream]
  const own = subject.streams[stream]
  assert(kind && own, `the subject says nothing about the stream "${stream}"`)
  const mappings = Object.keys(subject.connector.streams).map((name) => defaultMapping(subject.connector, name))
  const mapping = mappings.find((each) => each.stream === stream) ?? assert.fail(`no mapping for "${stream}"`)
  const fields = Object.fromEntries(mappings.map((each) => [each.stream, each.fields.map((field) => field.remote)]))
  const remote = await subject.start()
  const logged: string[] = []
  const reconnect = (config: Config = remote.config) =>
    subject.connector.connect(config, {
      fetch: globalThis.fetch,
      now: () => remote.now(),
      fields,
      log: (message, details) => void logged.push(`${message} ${JSON.stringify(details ?? {})}`),
    })
  const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${remote.url}/_sandbox/${path}`, body === undefined ? { method } : { method, body: JSON.stringify(body) })
    assert(answer.ok, `${method} /_sandbox/${path} answered ${answer.status}`)
    return answer.json()
  }
  try {
    await act({
      subject,
      stream,
      kind,
      own,
      mapping,
      remote,
      connection: reconnect(),
      signal: AbortSignal.timeout(20_000),
      logged,
      reconnect,
      play: async (...faults) => void (await admin('PUT', 'faults', faults)),
      calls: async () => (await admin('GET', 'calls')) as CallCounters,
      settle: async () => remote.settle?.(),
      truth: () => remote.truth(stream),
    })
  } finally {
    await remote.close()
  }
}

export function defaultMapping(connector: Pick<Connector, 'mappings'>, stream: string): Mapping {
  const file = connector.mappings[stream]
  assert(file, `the connector has no default mapping for "${stream}"`)
  return parseMapping(readFileSync(file, 'utf8'), fileURLToPath(file))
}

/** Runs a paged reading to its end. A reading that does not end within `limit` pages fails. */
export async function pagesOf(
  pages: AsyncIterable<Page>,
  limit: number,
  between?: (page: Page, index: number) => Promise<void>,
): Promise<Page[]> {
  const all: Page[] = []
  for await (const page of pages) {
    all.push(page)
    assert(all.length <= limit, `paging does not end: more than ${limit} pages`)
    await between?.(page, all.length - 1)
  }
  return all
}

export function recordsOf(pages: readonly Page[]): RawRecord[] {
  return pages.flatMap((page) => page.records)
}

/** `n` deliveries that create the samples `from`, `from + 1`, … */
export function creates(scene: Pick<Scene, 'own'>, n: number, from = 0): Delivery[] {
  return Array.from({ length: n }, (_, i) => ({
    key: `key-create-${from + i}`,
    operation: 'create',
    recordId: recordIdOf(from + i),
    externalId: null,
    patch: scene.own.sample(from + i),
    basedOn: null,
  }))
}

export function update(externalId: string, patch: Fields, basedOn: string | null = null): Delivery {
  const hash = createHash('sha256').update(externalId).digest('hex')
  return {
    key: `key-update-${externalId}`,
    operation: 'update',
    recordId: `0192f000-0000-7000-9000-${hash.slice(0, 12)}`,
    externalId,
    patch,
    basedOn,
  }
}

export function remove(externalId: string): Delivery {
  return { ...update(externalId, {}), key: `key-delete-${externalId}`, operation: 'delete' }
}

export function recordIdOf(n: number): string {
  return `0192f000-0000-7000-8000-${String(n).padStart(12, '0')}`
}

export function holds(fields: Fields | undefined, patch: Fields): boolean {
  return fields !== undefined && Object.entries(patch).every(([name, value]) => same(fields[name], value))
}

/**
 * Writes; rows that the vendor refused together without naming the one at fault are written again alone, as the hub does.
 */
export async function insist({ connection, stream, signal }: Scene, deliveries: readonly Delivery[]): Promise<readonly WriteResult[]> {
  const results = await connection.write(stream, deliveries, signal)
  assert.equal(results.length, deliveries.length, 'one result for each delivery')
  const settled: WriteResult[] = []
  for (const [i, result] of results.entries()) {
    const again = result.next === 'retry' && result.alone === true
    settled.push(again ? ((await connection.write(stream, deliveries.slice(i, i + 1), signal))[0] ?? result) : result)
  }
  return settled
}

/** Equal as remote values: absent, `null` and `''` all mean empty. */
export function same(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => (value === undefined || value === '' ? null : value)
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b))
}

export function assertNext(results: readonly WriteResult[], count: number, ...allowed: readonly WriteResult['next'][]): void {
  assert.equal(results.length, count, 'one result for each delivery')
  for (const [i, result] of results.entries()) {
    assert(
      allowed.includes(result.next),
      `result ${i} is ${result.next}${'why' in result ? ` (${result.why})` : ''}, not ${allowed.join(' or ')}`,
    )
  }
}

/** Looks until it is so; at most three seconds. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (await condition()) return
    await sleep(20)
  }
  assert.fail(`never came: ${what}`)
}

/** Settles within `ms`, or the law fails. */
export async function promptly<T>(what: string, ms: number, promise: Promise<T>): Promise<T> {
  const late = new AbortController()
  try {
    return await Promise.race([
      promise,
      sleep(ms, undefined, { signal: late.signal }).then(() => assert.fail(`${what} took longer than ${ms} ms`)),
    ])
  } finally {
    late.abort()
  }
}

import type { Connection, ConnectorIo, Delivery, Page, RawRecord, WriteResult } from '@throughline/sdk'
import { type GithubConfig, github } from './index.ts'
import { type GithubSandbox, HUB_TOKEN, REPOSITORY, WEBHOOK_SECRET } from './sandbox/index.ts'

/** What tests of the connector share; the package does not export it. */
export function connectTo(
  sandbox: Pick<GithubSandbox, 'url'>,
  config: Partial<GithubConfig> = {},
  io: Partial<ConnectorIo> = {},
): Connection & { accept: NonNullable<Connection['accept']> } {
  const connection = github.connect(
    { repository: REPOSITORY, token: HUB_TOKEN, webhookSecret: WEBHOOK_SECRET, baseUrl: sandbox.url, ...config },
    { fetch: globalThis.fetch, now: () => Date.now(), fields: {}, log: () => {}, ...io },
  )
  return { ...connection, accept: connection.accept! }
}

export const live = (): AbortSignal => new AbortController().signal

export async function gather(
  pages: AsyncIterable<Page>,
  most = 200,
): Promise<{ records: RawRecord[]; cursor: string | null; pages: number }> {
  const records: RawRecord[] = []
  let cursor: string | null = null
  let count = 0
  for await (const page of pages) {
    records.push(...page.records)
    cursor = page.cursor
    count += 1
    if (count > most) throw new Error('Paging does not end')
  }
  return { records, cursor, pages: count }
}

export const RECORD = '01980000-0000-7000-8000-000000000001'

export function creating(patch: Record<string, unknown>, recordId = RECORD): Delivery {
  return { key: `key-${recordId}`, operation: 'create', recordId, externalId: null, patch, basedOn: null }
}

export function updating(externalId: string | number, patch: Record<string, unknown>): Delivery {
  return { key: `key-${externalId}`, operation: 'update', recordId: RECORD, externalId: String(externalId), patch, basedOn: null }
}

export const nexts = (results: readonly WriteResult[]): string[] => results.map((result) => result.next)

/** A `fetch` that answers JSON from a script; what was asked is kept. */
export function scripted(answer: (url: URL, headers: Headers) => { status?: number; body?: unknown; headers?: Record<string, string> }) {
  const asked: { readonly url: URL; readonly headers: Headers }[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input))
    const headers = new Headers(init?.headers)
    asked.push({ url, headers })
    const { status = 200, body = [], headers: more = {} } = answer(url, headers)
    return Promise.resolve(Response.json(body, { status, headers: more }))
  }
  return { fetch, asked }
}

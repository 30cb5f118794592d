import type { Connection, ConnectorIo, Delivery, Page, RawRecord, WriteResult } from '@throughline/sdk'
import { hubspot } from './index.ts'
import { APP_ID, CLIENT_SECRET, HUB_TOKEN, type HubspotSandbox } from './sandbox/index.ts'

/** What tests of the connector share; the package does not export it. */
export const FIELDS = {
  contacts: ['email', 'firstname', 'lastname', 'phone', 'city'],
  companies: ['name', 'domain', 'phone'],
}

export function connectTo(
  sandbox: Pick<HubspotSandbox, 'url'>,
  config: { token?: string; appId?: string; baseUrl?: string } = {},
  io: Partial<ConnectorIo> = {},
): Connection {
  return hubspot.connect(
    { token: HUB_TOKEN, clientSecret: CLIENT_SECRET, baseUrl: sandbox.url, ...config },
    { fetch: globalThis.fetch, now: () => Date.now(), fields: FIELDS, log: () => {}, ...io },
  )
}

export const own = APP_ID
export const live = (): AbortSignal => new AbortController().signal

export async function gather(
  pages: AsyncIterable<Page>,
  most = 1_000,
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

export function creating(recordId: string, patch: Record<string, unknown>): Delivery {
  return { key: `key-${recordId}`, operation: 'create', recordId, externalId: null, patch, basedOn: null }
}

export function updating(externalId: string, patch: Record<string, unknown>): Delivery {
  return { key: `key-${externalId}`, operation: 'update', recordId: `of-${externalId}`, externalId, patch, basedOn: null }
}

export function deleting(externalId: string): Delivery {
  return { key: `key-${externalId}`, operation: 'delete', recordId: `of-${externalId}`, externalId, patch: {}, basedOn: null }
}

export const nexts = (results: readonly WriteResult[]): string[] => results.map((result) => result.next)

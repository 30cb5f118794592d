import type { RawRecord } from '@throughline/sdk'
import { isIn, type Query, type StrapiClient } from './client.ts'
import { byDocument, recordOf, type Versions } from './record.ts'

export const PAGE = 100

export interface Documents {
  /** In the order the vendor gave the drafts. */
  readonly records: readonly RawRecord[]
  readonly versions: readonly Versions[]
  readonly full: boolean
  readonly vendorTime: number
}

/** One page of documents: their drafts by a query, then their published versions by id. */
export async function documents(client: StrapiClient, query: Query, signal: AbortSignal): Promise<Documents> {
  const { rows, vendorTime } = await client.rows('draft', [...query, ['pagination[pageSize]', String(PAGE)]], signal)
  const drafts = byDocument(rows)
  const ids = [...drafts.keys()]
  const published =
    ids.length === 0 ? new Map<string, Versions['draft']>() : byDocument((await client.rows('published', byIds(ids), signal)).rows)
  const versions = [...drafts].map(([id, draft]) => ({ draft, published: published.get(id) ?? null }))
  const records = versions.map(recordOf).filter((record) => record !== null)
  return { records, versions, full: rows.length >= PAGE, vendorTime }
}

export function byIds(ids: readonly string[]): Query {
  return [...isIn('documentId', ids), ['pagination[pageSize]', String(PAGE)]]
}

import type { RawRecord } from '@throughline/sdk'
import { asObject, asText, type Json, timeOf } from '../shared/json.ts'

/** A document's two rows, each as Strapi gave it. They share the `documentId`, never the `id`. */
export interface Versions {
  readonly draft: Json
  readonly published: Json | null
}

/**
 * One document. Its time is the draft's: publishing copies that time, unpublishing leaves no trace, so nothing else only
 * ever moves forward.
 */
export function recordOf({ draft, published }: Versions): RawRecord | null {
  const id = asText(draft.documentId)
  if (id === null) return null
  const text = asText(draft.updatedAt)
  return { id, state: 'live', modifiedAt: timeOf(text), modifiedText: text, actor: null, body: { draft, published } }
}

/** Rows by `documentId`. */
export function byDocument(rows: readonly unknown[]): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>()
  for (const row of rows.map(asObject)) {
    const id = asText(row.documentId)
    if (id !== null) found.set(id, row)
  }
  return found
}

/** Whether the draft holds words that readers do not see yet. */
export function hasUnpublishedEdits({ draft, published }: Versions): boolean {
  return published !== null && (timeOf(draft.updatedAt) ?? 0) > (timeOf(published.updatedAt) ?? 0)
}

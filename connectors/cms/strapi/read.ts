import { type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { everything } from '../shared/walk.ts'
import { isIn, type StrapiClient } from './client.ts'
import { byIds, documents, PAGE } from './documents.ts'
import { articles } from './stream.ts'

/** The present state of documents, by `documentId`; what comes back in another order or not at all does no harm. */
export async function read(client: StrapiClient, ids: readonly string[], signal: AbortSignal): Promise<Map<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>(ids.map((id) => [id, null]))
  if (found.size === 0) return found
  const { records } = await documents(client, byIds([...found.keys()]), signal)
  for (const record of records) if (found.has(record.id)) found.set(record.id, record)
  return found
}

/** Everything that lives, in the order of document ids. */
export function list(client: StrapiClient, after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  return everything('Strapi', articles.compareIds, after, (last) =>
    documents(client, [['sort', 'documentId:asc'], ...(last === null ? [] : [['filters[documentId][$gt]', last] as const])], signal),
  )
}

/** Exact matches on one field of the drafts; every value asked for has an entry. */
export async function find(
  client: StrapiClient,
  field: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RawRecord[]>> {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(field)) throw new VendorError('reject', 'Strapi has no field of that name')
  const found = new Map<string, RawRecord[]>(values.map((value) => [value, []]))
  const asked = [...found.keys()].filter((value) => value !== '')
  if (asked.length === 0) return found
  let last: string | null = null
  for (;;) {
    const after: readonly (readonly [string, string])[] = last === null ? [] : [['filters[documentId][$gt]', last]]
    const { records, full } = await documents(client, [...isIn(field, asked), ['sort', 'documentId:asc'], ...after], signal)
    for (const record of records) {
      if (last !== null && record.id <= last) throw new VendorError('reject', 'Strapi repeats a page of a search')
      last = record.id
      found.get(String(articles.decode(record)[field]))?.push(record)
    }
    if (!full || records.length < PAGE) return found
  }
}

import { type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { comparePositions, type Position, positionAt, readCursor, START } from '../shared/cursor.ts'
import { changes, everything } from '../shared/walk.ts'
import { type GhostClient } from './client.ts'
import { following, isListable, oneOf, quote } from './filter.ts'
import { articles, RECORD_ID } from './stream.ts'
import { markSlug } from './tags.ts'

/** Times are whole seconds and set before the commit. */
const OVERLAP_MS = 5_000

/** What Ghost can filter by, besides the mark. */
const FINDABLE = new Set(['title', 'slug', 'uuid', 'custom_excerpt', 'status'])

/** The present state of posts; what comes back in another order or not at all does no harm. */
export async function read(client: GhostClient, ids: readonly string[], signal: AbortSignal): Promise<Map<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>(ids.map((id) => [id, null]))
  // Only these can be ids of Ghost, and only these can stand unquoted in a list.
  const asked = [...found.keys()].filter((id) => /^[0-9a-f]{24}$/.test(id))
  if (asked.length === 0) return found
  const { records } = await client.posts(`id:[${asked.join(',')}]`, 'id asc', signal)
  for (const record of records) if (found.has(record.id)) found.set(record.id, record)
  return found
}

/** Everything that lives, whatever its status, in the order of ids. */
export function list(client: GhostClient, after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  return everything('Ghost', articles.compareIds, after, (last) =>
    client.posts(last === null ? null : `id:>${quote(last)}`, 'id asc', signal),
  )
}

/** Changes in the order of (updated_at, id). Deletes leave no trace: webhooks and the full list see them. */
export function pull(client: GhostClient, text: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  return changes(
    {
      vendor: 'Ghost',
      compareIds: articles.compareIds,
      overlapMs: OVERLAP_MS,
      fetch: (after) => client.posts(isStart(after) ? null : following(after), 'updated_at asc,id asc', signal),
      cursor: (at) => JSON.stringify([at.time, at.id]),
    },
    text === null ? START : positionAt(readCursor(text, 2), 0),
  )
}

const isStart = (at: Position): boolean => comparePositions(articles.compareIds, at, START) <= 0

/** Exact matches on one property; every value asked for has an entry. */
export async function find(
  client: GhostClient,
  field: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RawRecord[]>> {
  const found = new Map<string, RawRecord[]>(values.map((value) => [value, []]))
  const asked = [...found.keys()].filter((value) => value !== '')
  for (const filter of filtersFor(field, asked)) {
    let last: string | null = null
    for (;;) {
      const { records, full } = await client.posts(last === null ? filter : `(${filter})+id:>${quote(last)}`, 'id asc', signal)
      for (const record of records) {
        if (last !== null && record.id <= last) throw new VendorError('reject', 'Ghost repeats a page of a search')
        last = record.id
        found.get(String(articles.decode(record)[field]))?.push(record)
      }
      if (!full) break
    }
  }
  return found
}

function filtersFor(field: string, values: readonly string[]): string[] {
  if (values.length === 0) return []
  if (field === RECORD_ID) return [oneOf('tag', values.map(markSlug))]
  if (!FINDABLE.has(field)) throw new VendorError('reject', 'Ghost does not search posts by that property')
  const listed = values.filter(isListable)
  const alone = values.filter((value) => !isListable(value)).map((value) => oneOf(field, [value]))
  return listed.length === 0 ? alone : [oneOf(field, listed), ...alone]
}

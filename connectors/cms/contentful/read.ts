import { type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { comparePositions, type Position, positionAt, readCursor, START } from '../shared/cursor.ts'
import { changes, everything } from '../shared/walk.ts'
import { type ContentfulClient, type Query } from './client.ts'
import { entryIdOf, isId } from './ids.ts'
import { articles, isField, RECORD_ID } from './stream.ts'
import { createWindow } from './window.ts'

/** A time is set before the change is to be seen. */
const OVERLAP_MS = 5_000

const compareById = (a: RawRecord, b: RawRecord): number => articles.compareIds(a.id, b.id)
const positionOf = (record: RawRecord): Position => ({ time: record.modifiedAt ?? 0, id: record.id })
const comparePlaces = (a: Position, b: Position): number => comparePositions(articles.compareIds, a, b)

/** The present state of entries; what comes back in another order or not at all does no harm. */
export async function read(client: ContentfulClient, ids: readonly string[], signal: AbortSignal): Promise<Map<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>(ids.map((id) => [id, null]))
  const asked = [...found.keys()].filter(isId)
  if (asked.length === 0) return found
  const { records } = await client.entries([['sys.id[in]', asked.join(',')]], signal)
  for (const record of records) if (found.has(record.id)) found.set(record.id, record)
  return found
}

/** Everything that lives, drafts and archived entries too, in the order of ids. */
export function list(client: ContentfulClient, after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  return everything('Contentful', articles.compareIds, after, byId(client, [], signal))
}

/** Pages in the order of ids, each strictly after an id. */
function byId(client: ContentfulClient, filter: Query, signal: AbortSignal) {
  const next = createWindow((skip) => client.entries([...filter, ['order', 'sys.id'], ['skip', String(skip)]], signal), compareById)
  return (after: string | null) => next((record) => after === null || articles.compareIds(record.id, after) > 0)
}

/** Changes in the order of (sys.updatedAt, sys.id), which publishing moves as well. Deletes: webhooks and the full list see them. */
export function pull(client: ContentfulClient, text: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  let from = Number.NaN
  let next: ReturnType<typeof createWindow> | undefined
  return changes(
    {
      vendor: 'Contentful',
      compareIds: articles.compareIds,
      overlapMs: OVERLAP_MS,
      fetch(after) {
        if (next === undefined || after.time !== from) {
          from = after.time
          const since: Query = comparePlaces(after, START) <= 0 ? [] : [['sys.updatedAt[gte]', new Date(from).toISOString()]]
          next = createWindow(
            (skip) => client.entries([...since, ['order', 'sys.updatedAt,sys.id'], ['skip', String(skip)]], signal),
            (a, b) => comparePlaces(positionOf(a), positionOf(b)),
          )
        }
        return next((record) => record.modifiedAt === null || comparePlaces(positionOf(record), after) > 0)
      },
      cursor: (at) => JSON.stringify([at.time, at.id]),
    },
    text === null ? START : positionAt(readCursor(text, 2), 0),
  )
}

/** Exact matches on one short text field or on the record id; every value asked for has an entry. */
export async function find(
  client: ContentfulClient,
  field: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RawRecord[]>> {
  const found = new Map<string, RawRecord[]>(values.map((value) => [value, []]))
  const asked = [...found.keys()].filter((value) => value !== '')
  if (field === RECORD_ID) {
    const there = await read(client, asked.map(entryIdOf), signal)
    for (const value of asked) {
      const record = there.get(entryIdOf(value))
      if (record) found.get(value)?.push(record)
    }
    return found
  }
  if (!isField(field)) throw new VendorError('reject', 'Contentful does not search entries by that property')
  for (const filter of filtersFor(field, asked)) {
    for await (const { records } of everything('Contentful', articles.compareIds, null, byId(client, [filter], signal))) {
      for (const record of records) found.get(String(articles.decode(record)[field]))?.push(record)
    }
  }
  return found
}

/** A list separates its values by commas and cannot quote them; what holds one, or ends in a space, is asked for by itself. */
function filtersFor(field: string, values: readonly string[]): (readonly [string, string])[] {
  const isListable = (value: string): boolean => !value.includes(',') && value.trim() === value
  const listed = values.filter(isListable)
  const alone = values.filter((value) => !isListable(value)).map((value) => [`fields.${field}`, value] as const)
  return listed.length === 0 ? alone : [[`fields.${field}[in]`, listed.join(',')], ...alone]
}

import { type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { comparePositions, type Position, positionAt, readCursor, START } from '../shared/cursor.ts'
import { changes, everything } from '../shared/walk.ts'
import { type Question, type SanityClient } from './client.ts'
import { documentIdOf, isPublishedId } from './ids.ts'
import { articles, isAttribute, RECORD_ID } from './stream.ts'

/** Times are whole seconds, and set before the transaction is to be seen. */
const OVERLAP_MS = 5_000

/** The present state of published documents; what comes back in another order or not at all does no harm. */
export async function read(client: SanityClient, ids: readonly string[], signal: AbortSignal): Promise<Map<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>(ids.map((id) => [id, null]))
  const asked = [...found.keys()].filter(isPublishedId)
  if (asked.length === 0) return found
  const { records } = await client.documents({ where: ['_id in $ids'], order: '_id', params: { ids: asked } }, signal)
  for (const record of records) if (found.has(record.id)) found.set(record.id, record)
  return found
}

/** Everything that is published, in the order of ids. */
export function list(client: SanityClient, after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  return everything('Sanity', articles.compareIds, after, byId(client, [], {}, signal))
}

/** Pages in the order of ids, each strictly after an id. */
function byId(client: SanityClient, where: Question['where'], params: Question['params'], signal: AbortSignal) {
  return (after: string | null) => {
    const later = after === null ? [] : ['_id > $after']
    return client.documents(
      { where: [...where, ...later], order: '_id', params: { ...params, ...(after === null ? {} : { after }) } },
      signal,
    )
  }
}

/** Changes in the order of (_updatedAt, _id). Deletes leave no trace: webhooks and the full list see them. */
export function pull(client: SanityClient, text: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  return changes(
    {
      vendor: 'Sanity',
      compareIds: articles.compareIds,
      overlapMs: OVERLAP_MS,
      fetch: (after) => client.documents({ ...following(after), order: '_updatedAt asc, _id asc' }, signal),
      cursor: (at) => JSON.stringify([at.time, at.id]),
    },
    text === null ? START : positionAt(readCursor(text, 2), 0),
  )
}

/** Strictly after the tuple (time, id). Compared as times: as texts, a time with a fraction and one without have another order. */
function following(after: Position): Pick<Question, 'where' | 'params'> {
  if (comparePositions(articles.compareIds, after, START) <= 0) return { where: [], params: {} }
  const [held, time] = ['dateTime(_updatedAt)', 'dateTime($time)']
  return {
    where: [`(${held} > ${time} || (${held} == ${time} && _id > $id))`],
    params: { time: new Date(after.time).toISOString(), id: after.id },
  }
}

/** Exact matches on one attribute or on the record id; every value asked for has an entry. */
export async function find(
  client: SanityClient,
  field: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RawRecord[]>> {
  const found = new Map<string, RawRecord[]>(values.map((value) => [value, []]))
  const asked = [...found.keys()].filter((value) => value !== '')
  if (field === RECORD_ID) {
    const there = await read(client, asked.map(documentIdOf), signal)
    for (const value of asked) {
      const record = there.get(documentIdOf(value))
      if (record) found.get(value)?.push(record)
    }
    return found
  }
  if (!isAttribute(field)) throw new VendorError('reject', 'Sanity has no attribute of that name')
  if (asked.length === 0) return found
  const pages = everything('Sanity', articles.compareIds, null, byId(client, [`${field} in $values`], { values: asked }, signal))
  for await (const { records } of pages) {
    for (const record of records) found.get(String(articles.decode(record)[field]))?.push(record)
  }
  return found
}

import { type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { comparePositions, positionAt, readCursor, START } from '../shared/cursor.ts'
import { changes } from '../shared/walk.ts'
import type { DeclaredClient } from './client.ts'
import type { DeclaredStream } from './stream.ts'

/** Times are set when an object is saved, perhaps to the second, not when it becomes visible. */
const OVERLAP_MS = 5_000

export async function read(
  client: DeclaredClient,
  stream: DeclaredStream,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>(ids.map((id) => [id, null]))
  // A list is joined by commas, and numeric ids take nothing else.
  const isAskable = (id: string): boolean =>
    stream.described.id.order === 'number' ? /^\d{1,18}$/.test(id) : id !== '' && !id.includes(',')
  const asked = [...found.keys()].filter(isAskable)
  if (asked.length === 0) return found
  const { records } = await client.records(
    stream,
    client.url(stream.described.read, {}, { ids: asked, limit: stream.described.page }),
    signal,
  )
  for (const record of records) if (found.has(record.id)) found.set(record.id, record)
  return found
}

export async function find(
  client: DeclaredClient,
  stream: DeclaredStream,
  field: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RawRecord[]>> {
  const route = stream.described.find
  const query = 'because' in route ? undefined : route.fields[field]
  if ('because' in route || query === undefined)
    throw new VendorError('reject', `${client.voice.name} is not described as finding by ${field}`)
  const found = new Map<string, RawRecord[]>(values.map((value) => [value, []]))
  const asked = [...found.keys()].filter((value) => value !== '')
  if (asked.length === 0) return found
  const url = client.url(route, query, { values: asked, limit: stream.described.page })
  const { records, full } = await client.records(stream, url, signal)
  if (full) throw new VendorError('reject', `${client.voice.name} finds more than one page holds`)
  for (const record of records) found.get(String(stream.decode(record)[field]))?.push(record)
  return found
}

export function pull(client: DeclaredClient, stream: DeclaredStream, text: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  const route = stream.described.changes
  if ('because' in route) throw new VendorError('reject', route.because)
  const { compareIds } = stream
  return changes(
    {
      vendor: client.voice.name,
      compareIds,
      overlapMs: OVERLAP_MS,
      fetch(after) {
        const isStart = comparePositions(compareIds, after, START) <= 0
        const id = after.id === '' ? '0' : after.id
        const values = { time: new Date(after.time).toISOString(), id, limit: stream.described.page }
        return client.records(stream, client.url(route, isStart ? {} : route.after, values), signal)
      },
      cursor: (at) => JSON.stringify([at.time, at.id]),
    },
    text === null ? START : positionAt(readCursor(text, 2), 0),
  )
}

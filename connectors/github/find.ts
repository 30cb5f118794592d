import { type RawRecord, VendorError } from '@throughline/sdk'
import type { Context } from './context.ts'
import { decode, RECORD_ID } from './record.ts'
import { firstSheet } from './sheet.ts'
import { walk } from './walk.ts'

/** Clocks of two machines may differ by this much. */
const SKEW_MS = 3_600_000

/**
 * Exact matches, out of the plain list, newest first: the search index lags and would call a fresh issue absent. A marker is
 * looked for back to the time that its record id names, for the issue cannot be older than the record; a title in the
 * whole list, which costs as many calls as it has pages.
 */
export async function find(
  context: Context,
  field: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly RawRecord[]>> {
  if (field !== RECORD_ID && field !== 'title') throw new VendorError('reject', `GitHub issues cannot be looked up by ${field}`)
  const found = new Map<string, Map<string, RawRecord>>(values.map((value) => [value, new Map()]))
  if (values.length === 0) return new Map()
  const isMarker = field === RECORD_ID
  const oldest = isMarker ? Math.min(...values.map(timeIn)) - SKEW_MS : Number.NEGATIVE_INFINITY
  const creator = isMarker && context.creator !== null ? { creator: context.creator } : {}
  const first = await firstSheet(context, { sort: 'created', direction: 'desc', ...creator }, null, signal)
  if (first) {
    for await (const sheet of walk(context, first, signal)) {
      for (const record of sheet.records) found.get(String(decode(record)[field] ?? ''))?.set(record.id, record)
      const last = sheet.records.at(-1)
      if (last && createdAt(last) < oldest) break
    }
  }
  // The oldest first: whoever copies an issue copies its marker along.
  return new Map([...found].map(([value, records]) => [value, [...records.values()].toSorted((a, b) => Number(a.id) - Number(b.id))]))
}

/** The time in a record id (UUID version 7); of anything else nothing is known. */
function timeIn(id: string): number {
  const hex = /^([0-9a-f]{8})-([0-9a-f]{4})-7/i.exec(id)
  return hex ? Number.parseInt(`${hex[1]}${hex[2]}`, 16) : Number.NEGATIVE_INFINITY
}

function createdAt(record: RawRecord): number {
  return Date.parse(String(decode(record).created_at))
}

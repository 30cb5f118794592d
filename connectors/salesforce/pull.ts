import { VendorError, type Page, type RawRecord } from '@throughline/sdk'
import type { Client } from './client.ts'
import { query, type Found } from './query.ts'
import { strange } from './record.ts'
import { quote, timeLiteral } from './soql.ts'
import type { Source } from './source.ts'

/**
 * Where a pull goes on: strictly after the tuple (time, id), unless `redo` names an earlier time to read again from,
 * because what was read since then was still settling.
 */
interface Cursor {
  readonly time: number
  readonly id: string
  readonly redo: number | null
}

/**
 * Changes and deletes in the order of (SystemModstamp, Id), page by page through keys, so that edits meanwhile can only
 * move a record ahead of us. A stamp counts whole seconds and may become visible late; what was read while its stamp was
 * younger than the overlap is therefore read again next time, measured by the vendor's own clock. Once older, it is not:
 * a quiet stream costs empty answers.
 */
export async function* pull(
  client: Client,
  { type, fields, shown }: Source,
  from: string | null,
  overlapMs: number,
  limit: number,
  signal: AbortSignal,
): AsyncIterable<Page> {
  const start = from === null ? null : readCursor(from)
  let redo: number | null = null
  let condition = start === null ? null : start.redo === null ? after(start.time, start.id) : `SystemModstamp >= ${timeLiteral(start.redo)}`
  let last = start?.redo === null ? start : null
  for (;;) {
    const where = [condition, shown].filter((one) => one !== null).join(' AND ')
    const soql = `SELECT ${fields.join(',')} FROM ${type}${where === '' ? '' : ` WHERE ${where}`} ORDER BY SystemModstamp, Id LIMIT ${limit}`
    const found = await query(client, soql, true, signal)
    const newest = found.records.at(-1)
    if (!newest) return
    const time = timeOf(newest)
    if (last && (time < last.time || (time === last.time && newest.id <= last.id))) {
      throw new VendorError('reject', 'Salesforce repeats a page of changes: the reading does not get ahead')
    }
    if (!isOldestFirst(found.records)) throw strange('changes out of their order')
    redo = redoOf(found, time, redo, overlapMs)
    last = { time, id: newest.id, redo }
    yield { records: found.records, cursor: JSON.stringify(last) }
    if (found.done && found.records.length < limit) return
    condition = after(time, newest.id)
  }
}

/** By time only: within one second the vendor's order of ids is taken as it is. */
function isOldestFirst(records: readonly RawRecord[]): boolean {
  return records.every((record, i) => i === 0 || timeOf(record) >= timeOf(records[i - 1]!))
}

/** From when to read again: nothing that was already older than the overlap when it was read. */
function redoOf(found: Found, time: number, before: number | null, overlapMs: number): number | null {
  // Without the vendor's clock every page counts as fresh.
  const settled = (found.date ?? time) - overlapMs
  if (time < settled) return before
  return Math.min(before ?? settled, settled)
}

function after(time: number, id: string): string {
  const at = timeLiteral(time)
  return `(SystemModstamp > ${at} OR (SystemModstamp = ${at} AND Id > ${quote(id)}))`
}

function timeOf(record: RawRecord): number {
  if (record.modifiedAt === null) throw strange('a changed record has no SystemModstamp')
  return record.modifiedAt
}

function readCursor(text: string): Cursor {
  try {
    const { time, id, redo } = JSON.parse(text) as Partial<Cursor>
    if (Number.isSafeInteger(time) && typeof id === 'string' && (redo === null || Number.isSafeInteger(redo)))
      return { time, id, redo } as Cursor
  } catch (cause) {
    throw new VendorError('reject', 'The stored cursor cannot be read', { cause })
  }
  throw new VendorError('reject', 'The stored cursor is none of a Salesforce stream')
}

import { type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { type CompareIds, comparePositions, type Position } from './cursor.ts'

/** One page of changes strictly after a position, in the order of (time, id). */
export interface Changes {
  readonly records: readonly RawRecord[]
  /** Whether there may be more: a full page. */
  readonly full: boolean
  /** The vendor's clock when it answered, milliseconds UTC. */
  readonly vendorTime: number
}

/**
 * Changes page by page through keys, so that edits meanwhile can only move an object ahead of us. A time is set when an
 * object is saved, not when its transaction commits: the stored position stays `overlapMs` behind the vendor's clock, and what
 * is newer repeats on the next pull. A page that does not get ahead ends the walk with an error, not with a loop.
 */
export async function* changes(
  walk: {
    readonly vendor: string
    readonly compareIds: CompareIds
    readonly overlapMs: number
    fetch(after: Position): Promise<Changes>
    /** The time that the order is by, where it is not the record's own. */
    time?(record: RawRecord): number | null
    /** The cursor to store for a position. */
    cursor(position: Position): string
  },
  start: Position,
): AsyncGenerator<Page> {
  const compare = (a: Position, b: Position): number => comparePositions(walk.compareIds, a, b)
  let at = start
  for (;;) {
    const { records, full, vendorTime } = await walk.fetch(at)
    for (const record of records) {
      const time = walk.time ? walk.time(record) : record.modifiedAt
      if (time === null) throw new VendorError('retry', `${walk.vendor} lists a change without a time`)
      const reached = { time, id: record.id }
      if (compare(reached, at) <= 0)
        throw new VendorError('reject', `${walk.vendor} repeats a page of changes: the reading does not get ahead`)
      at = reached
    }
    if (records.length > 0) {
      const horizon = { time: vendorTime - walk.overlapMs, id: '' }
      const near = compare(at, horizon) <= 0 ? at : horizon
      yield { records, cursor: walk.cursor(compare(near, start) >= 0 ? near : start) }
    }
    if (!full || records.length === 0) return
  }
}

/** Everything in the order of ids, page by page through keys; a page that does not rise is an error. */
export async function* everything(
  vendor: string,
  compareIds: CompareIds,
  after: string | null,
  fetch: (after: string | null) => Promise<{ readonly records: readonly RawRecord[]; readonly full: boolean }>,
): AsyncGenerator<Page> {
  let last = after
  for (;;) {
    const { records, full } = await fetch(last)
    for (const record of records) {
      if (last !== null && compareIds(last, record.id) >= 0) {
        throw new VendorError('reject', `${vendor} repeats a page of a list, or does not keep the order of ids`)
      }
      last = record.id
    }
    if (records.length > 0 && last !== null) yield { records, cursor: last }
    if (!full || records.length === 0) return
  }
}

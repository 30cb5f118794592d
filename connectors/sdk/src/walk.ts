import type { Page, Stream } from './connector.ts'
import { VendorError } from './errors.ts'
import type { RawRecord } from './raw.ts'

/** A place in the order of changes: everything up to and including this time (ms UTC) and id has been seen. An empty id is before all. */
export interface Position {
  readonly time: number
  readonly id: string
}

/** One page as the vendor gave it. */
export interface Found {
  readonly records: readonly RawRecord[]
  /** Whether there may be more. */
  readonly more: boolean
}

/**
 * `Connection.pull` for vendors that tell changes after a (time, id), in that order. Keys instead of page numbers, so that edits
 * meanwhile can only move an object ahead of us. A time is set when an object is saved, not when it shows: the stored cursor stays
 * `overlapMs` behind the vendor's clock, and what is newer repeats on the next pull. A page that does not get ahead is an error,
 * not a loop.
 */
export async function* walkChanges(
  { compareIds }: Pick<Stream, 'compareIds'>,
  cursor: string | null,
  overlapMs: number,
  /** The changes strictly after a position, oldest first, and the vendor's clock. */
  page: (after: Position) => Promise<Found & { readonly vendorTime: number }>,
): AsyncGenerator<Page> {
  const compare = (a: Position, b: Position): number =>
    a.time - b.time || (a.id === b.id ? 0 : a.id === '' ? -1 : b.id === '' ? 1 : compareIds(a.id, b.id))
  const start = cursor === null ? { time: 0, id: '' } : read(cursor)
  let at = start
  for (;;) {
    const { records, more, vendorTime } = await page(at)
    for (const { id, modifiedAt } of records) {
      if (modifiedAt === null) throw new VendorError('retry', 'A change was listed without a time')
      const reached = { time: modifiedAt, id }
      if (compare(reached, at) <= 0) throw new VendorError('reject', 'A page of changes repeats: the reading does not get ahead')
      at = reached
    }
    if (records.length > 0) {
      const horizon = { time: vendorTime - overlapMs, id: '' }
      const near = compare(at, horizon) <= 0 ? at : horizon
      yield { records, cursor: JSON.stringify(compare(near, start) >= 0 ? near : start) }
    }
    if (!more || records.length === 0) return
  }
}

/** `Connection.list` for vendors that list what follows an id, in the order of `compareIds`. A page that does not rise is an error. */
export async function* walkList(
  { compareIds }: Pick<Stream, 'compareIds'>,
  after: string | null,
  page: (after: string | null) => Promise<Found>,
): AsyncGenerator<Page> {
  let last = after
  for (;;) {
    const { records, more } = await page(last)
    for (const { id } of records) {
      if (last !== null && compareIds(last, id) >= 0)
        throw new VendorError('reject', 'A page of a list repeats, or is not in the order of ids')
      last = id
    }
    if (records.length > 0 && last !== null) yield { records, cursor: last }
    if (!more || records.length === 0) return
  }
}

function read(cursor: string): Position {
  let parsed: unknown
  try {
    parsed = JSON.parse(cursor)
  } catch (cause) {
    throw new VendorError('reject', 'The stored cursor cannot be read', { cause })
  }
  const { time, id } = (parsed ?? {}) as Partial<Record<keyof Position, unknown>>
  if (typeof time !== 'number' || typeof id !== 'string') throw new VendorError('reject', 'The stored cursor is none of this connector')
  return { time, id }
}

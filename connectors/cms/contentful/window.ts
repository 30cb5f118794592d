import { type RawRecord, VendorError } from '@throughline/sdk'
import { type Entries, PAGE } from './client.ts'

const TURNS = 5

/**
 * Contentful filters by time, but not by "id greater than", so within one order its pages go by position. Positions move
 * when entries come and go. What does not move is the order: a page that begins at or before the place reached holds
 * everything right behind it. Each page therefore begins with the last row of the one before, and where that row has slipped
 * away the page before is asked for. Nothing that stays is missed, and what is given again is left out.
 */
export function createWindow(fetch: (skip: number) => Promise<Entries>, compare: (a: RawRecord, b: RawRecord) => number) {
  let skip = 0

  /** What follows a place: at least one row, unless there is none. `isBehind` says whether a row comes after the place. */
  return async function next(isBehind: (record: RawRecord) => boolean): Promise<Entries> {
    let highest: RawRecord | null = null
    let turns = 0
    for (;;) {
      const page = await fetch(skip)
      const [first] = page.records
      const last = page.records.at(-1)
      if (skip > 0 && (first === undefined || isBehind(first))) {
        turns += highest === null ? 0 : 1
        if (turns > TURNS) throw new VendorError('retry', 'Contentful shows its pages in ever other places')
        highest = null
        skip = Math.max(0, skip - PAGE)
        continue
      }
      const fresh = page.records.filter(isBehind)
      if (fresh.length > 0 || !page.full || last === undefined) {
        skip += Math.max(0, page.records.length - 1)
        return { ...page, records: fresh }
      }
      if (highest !== null && compare(last, highest) <= 0) throw new VendorError('reject', 'Contentful repeats a page of a list')
      highest = last
      skip += page.records.length - 1
    }
  }
}

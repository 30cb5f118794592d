import { VendorError } from '@throughline/sdk'
import type { Context } from './context.ts'
import { nextSheet, type Sheet } from './sheet.ts'

/** Half a million rows; a list that goes on after them is none. */
const MOST = 5_000

/**
 * All pages from `first` on. The vendor pages by position: when an issue before it is edited, deleted or transferred, the
 * rest moves up and a row slips over the border unseen. So after each page the one before is asked for again, conditionally
 * and thus for free. Where it has moved up, its new content comes first, and the next page is asked for anew. Rows
 * therefore repeat; none that stays in the list is missed. Pages without any new row end the walk with an error.
 */
export async function* walk(context: Context, first: Sheet, signal: AbortSignal): AsyncGenerator<Sheet> {
  const seen = new Set(first.rows)
  let previous = first
  yield first
  for (let count = 0; previous.next !== null; count += 1) {
    if (count >= MOST) throw new VendorError('retry', `GitHub's list of issues does not end within ${MOST} pages`)
    const page = await nextSheet(context, previous.next, signal)
    const before = await previous.again(signal)
    if (before && before.rows.at(-1) !== previous.rows.at(-1)) {
      if (!previous.rows.some((row) => before.rows.includes(row))) {
        throw new VendorError('retry', "GitHub's list of issues changes faster than it can be read")
      }
      previous = before
    } else {
      if (page.rows.every((row) => seen.has(row)) && page.next !== null) {
        throw new VendorError('retry', "GitHub's list of issues repeats itself")
      }
      previous = page
    }
    for (const row of previous.rows) seen.add(row)
    yield previous
  }
}

import { compareNumeric, type Page, type RawRecord } from '@throughline/sdk'
import { PAGE } from './client.ts'
import type { Context } from './context.ts'
import { firstSheet } from './sheet.ts'
import { walk } from './walk.ts'

/** As many issues are held at once: about a hundred megabytes of the vendor's JSON at worst. */
const WINDOW = 10_000

/**
 * Everything that lives, by rising number. The vendor sorts by creation time, which is another order: an issue transferred
 * here keeps its old time and gets a new number. So each pass reads the whole list, keeps the lowest numbers after `after`
 * and gives them out; up to ten thousand issues one pass is enough. Empty pages show meanwhile that it goes on.
 */
export async function* list(context: Context, after: string | null, signal: AbortSignal, window: number = WINDOW): AsyncGenerator<Page> {
  let last = after
  for (;;) {
    let held = new Map<string, RawRecord>()
    let isCut = false
    const first = await firstSheet(context, { sort: 'created', direction: 'asc' }, null, signal)
    if (!first) return
    for await (const sheet of walk(context, first, signal)) {
      for (const record of sheet.records) if (last === null || compareNumeric(record.id, last) > 0) held.set(record.id, record)
      if (held.size > window) {
        isCut = true
        held = new Map(rising(held).slice(0, window))
      }
      yield { records: [], cursor: last ?? '0' }
    }
    const records = rising(held).map(([, record]) => record)
    for (let from = 0; from < records.length; from += PAGE) {
      const page = records.slice(from, from + PAGE)
      last = page.at(-1)!.id
      yield { records: page, cursor: last }
    }
    if (!isCut) return
  }
}

function rising(held: ReadonlyMap<string, RawRecord>): [string, RawRecord][] {
  return [...held].sort(([a], [b]) => compareNumeric(a, b))
}

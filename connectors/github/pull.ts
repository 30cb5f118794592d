import { type Page, VendorError } from '@throughline/sdk'
import type { Context } from './context.ts'
import { firstSheet, type Sheet } from './sheet.ts'
import { walk } from './walk.ts'

/** How far behind the vendor's clock a change may still turn up in the list: times count whole seconds, and lists come from replicas. */
export const OVERLAP_MS = 10_000
const SECOND = 1_000
/** As many pages as half a million issues have; a reading that needs more goes on from its cursor. */
const MOST = 5_000

/** The etag of the last empty-handed poll, by the time it asked since. Lost with the process: that costs one call. */
export interface Memory {
  since: number | null
  etag: string | null
}

/**
 * Changes, oldest first. Each page is asked for since the time of the last, so that edits meanwhile can only move an issue
 * ahead of us. Where a page is full of one second, the rest of that second comes by `walk`. `since` may or may not include
 * its second, so it names the one before. Pull requests are passed over. A poll without news is a 304, which is free.
 */
export async function* pull(context: Context, memory: Memory, cursor: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  const start = readCursor(cursor)
  let since = start
  let settled = Number.POSITIVE_INFINITY
  let seen = new Set<string>()

  /** Where to go on: nothing that was read while it was still settling is taken for read. */
  const cursorAfter = (sheet: Sheet): string => {
    const horizon = sheet.date - OVERLAP_MS
    if (sheet.lastTime !== null && sheet.lastTime > horizon) settled = Math.min(settled, horizon)
    const reached = sheet.next === null ? horizon : since
    return writeCursor(Math.max(start, Math.min(reached, horizon, settled)))
  }
  const fresh = (sheet: Sheet): Page => {
    const ids = new Set(sheet.rows.filter((row) => !seen.has(row)).map((row) => row.split('@')[0]))
    for (const row of sheet.rows) seen.add(row)
    return { records: sheet.records.filter(({ id }) => ids.has(id)), cursor: cursorAfter(sheet) }
  }

  for (let count = 0; count < MOST; count += 1) {
    const known = count === 0 && memory.since === since ? memory.etag : null
    const query = { sort: 'updated', direction: 'asc', ...(since > 0 && { since: writeCursor(since) }) } as const
    const first = await firstSheet(context, query, known, signal)
    if (!first) return
    if (count === 0 && first.rows.length === 0) Object.assign(memory, { since, etag: first.etag })
    let moved = false
    for await (const sheet of walk(context, first, signal)) {
      const reach = (sheet.lastTime ?? 0) - SECOND
      moved = sheet.next !== null && reach > since
      if (moved) since = reach
      const rows = sheet.rows
      if (rows.length > 0) yield fresh(sheet)
      if (moved) seen = new Set(rows)
      if (moved) break
      count += 1
    }
    if (!moved) return
  }
  throw new VendorError('retry', `GitHub has more changes than ${MOST} pages: the next poll goes on`)
}

function writeCursor(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
}

function readCursor(text: string | null): number {
  if (text === null) return 0
  const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw new VendorError('reject', 'Not a cursor of the GitHub connector')
  return time
}

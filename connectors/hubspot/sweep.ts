import type { Page } from '@throughline/sdk'
import type { Context } from './context.ts'
import { type Cursor, OVERLAP_MS, writeCursor } from './cursor.ts'
import { rowsOf } from './rows.ts'

/** Archived objects stay listed for 90 days, so one pull looks at a few pages only and the next goes on from there. */
const PAGES_PER_PULL = 5
const LIMIT = 100

/**
 * What has been archived since the last whole pass. The search never returns archived objects and their list cannot be
 * filtered, so it is walked, at most a few pages for each pull. An object archived behind the walk is found by the next
 * pass, which reports whatever was archived after this one began.
 */
export async function* sweep(context: Context, cursor: Cursor, now: number, first: boolean, signal: AbortSignal): AsyncGenerator<Page> {
  if (first) {
    // Nothing can have been linked yet: remember when, so that the next pull reports what went away meanwhile.
    yield { records: [], cursor: writeCursor({ ...cursor, sweep: { since: now, began: now, after: null } }) }
    return
  }
  let { since, began, after } = cursor.sweep
  if (after === null) began = now
  for (let count = 0; count < PAGES_PER_PULL; count += 1) {
    const page: Parameters<typeof context.client.page>[1] = { properties: context.properties, limit: LIMIT, archived: true }
    const answer = await context.client.page(context.stream.objectType, after === null ? page : { ...page, after }, signal)
    const { records: found, next } = rowsOf(answer, context.now())
    const floor = (since ?? 0) - OVERLAP_MS
    const records = found.filter((record) => record.state === 'deleted' && (record.modifiedAt ?? floor) >= floor)
    const moved = next !== after
    after = next
    if (after === null) since = began
    if (records.length > 0 || moved) yield { records, cursor: writeCursor({ ...cursor, sweep: { since, began, after } }) }
    if (after === null || !moved) return
  }
}

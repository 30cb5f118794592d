import { type Page, VendorError } from '@throughline/sdk'
import type { Context } from './context.ts'
import { withRelated } from './related.ts'
import { rowsOf } from './rows.ts'

const LIMIT = 100

/**
 * Everything that lives, by rising object id. The vendor's paging token is opaque, but it starts at an id when given one;
 * whether that id itself is included is not documented, so it is filtered out. A list that does not rise is refused:
 * the reconciler would take a gap for deletions.
 */
export async function* list(context: Context, after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  const { compareIds, objectType } = context.stream
  let last = after
  let token = after
  for (;;) {
    const options = { properties: context.properties, limit: LIMIT }
    const answer = await context.client.page(objectType, token === null ? options : { ...options, after: token }, signal)
    const { records: found, next } = rowsOf(answer, context.now())
    const records = found.filter((record) => record.id !== last)
    for (const record of records) {
      if (last !== null && compareIds(last, record.id) >= 0) throw new VendorError('reject', 'HubSpot list is not in the order of ids')
      last = record.id
    }
    if (records.length > 0 && last !== null) yield { records: await withRelated(context, records, signal), cursor: last }
    if (next === null) return
    if (next === token || records.length === 0) throw new VendorError('reject', 'HubSpot list repeats itself')
    token = next
  }
}

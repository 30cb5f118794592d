import { type Page, VendorError } from '@throughline/sdk'
import { demand } from './classify.ts'
import type { Context } from './context.ts'
import { nextOf } from './cursor.ts'
import { asArray } from './problem.ts'
import { recordOf } from './record.ts'
import { withRelated } from './related.ts'

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
    const body = demand(answer, context.now())
    const found = asArray(body.results).map(recordOf)
    const records = found.filter((record) => record !== null && (last === null || record.id !== last)).filter((record) => record !== null)
    for (const record of records) {
      if (last !== null && compareIds(last, record.id) >= 0) throw new VendorError('reject', 'HubSpot list is not in the order of ids')
      last = record.id
    }
    if (records.length > 0 && last !== null) yield { records: await withRelated(context, records, signal), cursor: last }
    const next = nextOf(body)
    if (next === null) return
    if (next === token || records.length === 0) throw new VendorError('reject', 'HubSpot list repeats itself')
    token = next
  }
}

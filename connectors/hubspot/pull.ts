import { compareNumeric, type Page, type RawRecord, VendorError } from '@throughline/sdk'
import { FilterOperatorEnum, type PublicObjectSearchRequest } from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import { vendorNow } from './classify.ts'
import type { Context } from './context.ts'
import { comparePositions, type Cursor, OVERLAP_MS, type Position, readCursor, writeCursor } from './cursor.ts'
import { losersOf, propertiesOf } from './record.ts'
import { withRelated } from './related.ts'
import { rowsOf } from './rows.ts'
import { sweep } from './sweep.ts'

const PAGE = 200
/** Pages in a row that may bring nothing: one that is all of one time, and a time whose objects were edited meanwhile. */
const STUCK = 6

/**
 * Changes by search, oldest first. Never pages by the vendor's offset, because an edit between two pages would shift
 * an object across the border, and because it ends at 10,000. Each page asks for what comes after the last (time, id)
 * instead. The search sorts by one property only, so the last time of a full page may be cut: it is left to the next
 * page, and a page of one single time is read by object id until that time is used up.
 */
export async function* pull(context: Context, cursor: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  const start = readCursor(cursor)
  let at: Position = start
  let stored: Cursor = start
  let began: number | undefined
  let drain: number | null = null
  let stuck = 0
  for (;;) {
    const { changes, full, vendorTime } = await search(context, at, drain, signal)
    began ??= vendorTime
    const cut: number | null = full && drain === null ? (changes.at(-1)?.time ?? null) : null
    const whole = cut === null ? changes : changes.filter(({ time }) => time < cut)
    const end = whole.at(-1)
    if (end) {
      const reached = { time: end.time, id: end.record.id }
      if (comparePositions(reached, at) <= 0) throw new VendorError('reject', 'HubSpot search went backwards')
      at = reached
      const records = whole.map(({ record }) => record)
      const losers = records.flatMap(losersOf)
      // Before their winners: were the cursor stored between the two pages, losers after it would be lost.
      if (losers.length > 0) yield { records: losers, cursor: writeCursor(stored) }
      stored = { ...settled(start, at, vendorTime), sweep: start.sweep }
      yield { records: await withRelated(context, records, signal), cursor: writeCursor(stored) }
    }
    stuck = end ? 0 : stuck + 1
    if (stuck > STUCK) throw new VendorError('retry', 'HubSpot search gets nowhere')
    if (drain !== null && !full) {
      at = { time: drain, id: at.time === drain ? at.id : '0' }
      drain = null
    } else if (drain === null && full && !end) drain = cut
    else if (!full) break
  }
  yield* sweep(context, { ...stored, sweep: start.sweep }, began, cursor === null, signal)
}

/** The furthest place that may be stored: not within the overlap, and never before where this pull began. */
function settled(start: Position, at: Position, vendorTime: number): Position {
  const horizon = { time: vendorTime - OVERLAP_MS, id: '0' }
  const near = comparePositions(at, horizon) <= 0 ? at : horizon
  return comparePositions(near, start) >= 0 ? near : start
}

/** One page after `at`, sorted by (time, id); `drain` asks for the rest of that one time, in the order of ids. */
async function search(context: Context, at: Position, drain: number | null, signal: AbortSignal) {
  const { modified, objectType } = context.stream
  const later = { propertyName: modified, operator: FilterOperatorEnum.Gt, value: String(at.time) }
  const rest = (time: number, id: string) => [
    { propertyName: modified, operator: FilterOperatorEnum.Eq, value: String(time) },
    { propertyName: 'hs_object_id', operator: FilterOperatorEnum.Gt, value: id },
  ]
  const request: PublicObjectSearchRequest = {
    limit: PAGE,
    properties: [...context.properties],
    filterGroups:
      drain === null
        ? [{ filters: rest(at.time, at.id) }, { filters: [later] }]
        : [{ filters: rest(drain, at.time === drain ? at.id : '0') }],
    // Typed as text, documented as an object; the SDK passes it through.
    sorts: [{ propertyName: drain === null ? modified : 'hs_object_id', direction: 'ASCENDING' }] as unknown as string[],
  }
  const answer = await context.client.search(objectType, request, signal)
  const { records, next } = rowsOf(answer, context.now())
  const changes = records
    .map((record) => ({ record, time: timeOf(context, record) }))
    .toSorted((a, b) => a.time - b.time || compareNumeric(a.record.id, b.record.id))
  return {
    changes,
    full: changes.length > 0 && (next !== null || changes.length >= PAGE),
    // The earlier of the two clocks: one that is ahead would take the cursor beyond changes that the index shows later.
    vendorTime: Math.min(vendorNow(answer, context.now()), context.now()),
  }
}

/** The time that the search sorts by. */
function timeOf(context: Context, record: RawRecord): number {
  const text = propertiesOf(record)[context.stream.modified]
  const time = typeof text === 'string' ? (/^\d+$/.test(text) ? Number(text) : Date.parse(text)) : Number.NaN
  return Number.isNaN(time) ? (record.modifiedAt ?? 0) : time
}

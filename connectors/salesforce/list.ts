import { compareText, VendorError, type Page, type RawRecord } from '@throughline/sdk'
import type { Client } from './client.ts'
import { query } from './query.ts'
import { quote } from './soql.ts'
import type { Source } from './source.ts'

/** Everything that lives, in the order of ids, page by page through keys. */
export async function* list(client: Client, source: Source, from: string | null, limit: number, signal: AbortSignal): AsyncIterable<Page> {
  const { type, fields, living, all } = source
  let after = from
  for (;;) {
    const conditions = [...living, ...(after === null ? [] : [`Id > ${quote(after)}`])]
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
    const { records, done } = await query(client, `SELECT ${fields.join(',')} FROM ${type}${where} ORDER BY Id LIMIT ${limit}`, all, signal)
    const last = records.at(-1)
    if (!last) return
    assertAhead(records, after)
    yield { records, cursor: last.id }
    if (done && records.length < limit) return
    after = last.id
  }
}

/** Every object after the one before: a page again, a page out of order and objects twice all end the reading. */
function assertAhead(records: readonly RawRecord[], after: string | null): void {
  let before = after
  for (const { id } of records) {
    if (before !== null && compareText(id, before) <= 0) {
      throw new VendorError('reject', 'Salesforce repeats a page of a list or leaves its order: the reading does not get ahead')
    }
    before = id
  }
}

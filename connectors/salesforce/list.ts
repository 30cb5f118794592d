import { VendorError, type Page } from '@throughline/sdk'
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
    if (after !== null && last.id <= after)
      throw new VendorError('reject', 'Salesforce repeats a page of a list: the reading does not get ahead')
    yield { records, cursor: last.id }
    if (done && records.length < limit) return
    after = last.id
  }
}

import { VendorError, type Page } from '@throughline/sdk'
import type { Client } from './client.ts'
import { query } from './query.ts'
import { quote } from './soql.ts'

/** Everything that lives, in the order of ids, page by page through keys. */
export async function* list(
  client: Client,
  type: string,
  fields: readonly string[],
  from: string | null,
  limit: number,
  signal: AbortSignal,
): AsyncIterable<Page> {
  let after = from
  for (;;) {
    const condition = after === null ? '' : ` WHERE Id > ${quote(after)}`
    const { records, done } = await query(
      client,
      `SELECT ${fields.join(',')} FROM ${type}${condition} ORDER BY Id LIMIT ${limit}`,
      false,
      signal,
    )
    const last = records.at(-1)
    if (!last) return
    if (after !== null && last.id <= after)
      throw new VendorError('reject', 'Salesforce repeats a page of a list: the reading does not get ahead')
    yield { records, cursor: last.id }
    if (done && records.length < limit) return
    after = last.id
  }
}

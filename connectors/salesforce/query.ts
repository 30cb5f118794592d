import type { RawRecord } from '@throughline/sdk'
import type { Client } from './client.ts'
import { strange, toRecord } from './record.ts'
import { queryPath } from './soql.ts'

export interface Found {
  readonly records: readonly RawRecord[]
  /** Whether the vendor says that there is no more; its pages may be smaller than asked for. */
  readonly done: boolean
  /** The vendor's clock when it answered (ms UTC), if it said. */
  readonly date: number | null
}

/** One page of a query. `all` includes the recycle bin. The next page is the caller's own next query: locators expire, keys do not. */
export async function query(client: Client, soql: string, all: boolean, signal: AbortSignal): Promise<Found> {
  const { body, date } = await client.fetch({ method: 'GET', path: queryPath(soql, all) }, signal)
  const { records, done } = body as { records?: unknown; done?: unknown }
  if (!Array.isArray(records) || typeof done !== 'boolean') throw strange('a query without records')
  // Taken for the end, it would make everything that was left out look deleted.
  if (records.length === 0 && !done) throw strange('an empty page that is not the last')
  return { records: records.map(toRecord), done, date }
}

import type { RawRecord } from '@throughline/sdk'
import type { Client } from './client.ts'
import { query } from './query.ts'
import { checkName, fitting, quote } from './soql.ts'
import type { Source } from './source.ts'

/**
 * Living objects whose field equals one of the values. The vendor compares text whatever its case, so an answer goes to
 * every value asked for that equals it in this sense. Empty values match nothing.
 */
export async function find(
  client: Client,
  { type, fields, living, all }: Source,
  field: string,
  values: readonly string[],
  limit: number,
  signal: AbortSignal,
): Promise<Map<string, RawRecord[]>> {
  const found = new Map<string, RawRecord[]>(values.map((value) => [value, []]))
  const asked = new Map<string, string[]>()
  for (const value of found.keys()) if (value !== '') asked.set(fold(value), [...(asked.get(fold(value)) ?? []), value])
  const select = `SELECT ${[...new Set([...fields, checkName(field)])].join(',')} FROM ${type} WHERE ${field} IN`
  const lives = living.map((condition) => ` AND ${condition}`).join('')
  // Room for the key of the next page.
  for (const some of fitting([...asked.keys()], `${select} ()${lives} AND Id > '000000000000000000' ORDER BY Id LIMIT ${limit}`)) {
    let after = ''
    for (;;) {
      const soql = `${select} (${some.map(quote).join(',')})${lives}${after} ORDER BY Id LIMIT ${limit}`
      const { records, done } = await query(client, soql, all, signal)
      for (const record of records) {
        const held = (record.body as Readonly<Record<string, unknown>>)[field]
        for (const value of asked.get(fold(String(held))) ?? []) found.get(value)?.push(record)
      }
      const last = records.at(-1)
      if (!last || (done && records.length < limit)) break
      after = ` AND Id > ${quote(last.id)}`
    }
  }
  return found
}

const fold = (value: string): string => value.trim().toLowerCase()

import type { RawRecord } from '@throughline/sdk'
import type { Client } from './client.ts'
import { isId, sameId } from './id.ts'
import { query } from './query.ts'
import { strange, toRecord } from './record.ts'
import { fitting, quote } from './soql.ts'
import type { Source } from './source.ts'
import { RECORD_ID } from './stream.ts'

/** Objects by id. What the vendor does not give is looked for in the recycle bin, where it says what it was merged into. */
export async function read(
  client: Client,
  { type, fields, shown }: Source,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>(ids.map((id) => [id, null]))
  const asked = [...found.keys()].filter(isId)
  if (asked.length === 0) return found
  const { body } = await client.fetch(
    { method: 'POST', path: `/composite/sobjects/${type}`, body: JSON.stringify({ ids: asked, fields }) },
    signal,
  )
  if (!Array.isArray(body) || body.length !== asked.length) throw strange('not one answer for each id')
  const missing: string[] = []
  for (const [i, id] of asked.entries()) {
    const item: unknown = body[i]
    if (item === null) missing.push(id)
    else {
      const record = toRecord(item)
      if (!sameId(record.id, id)) throw strange('the answers are not in the order of the ids')
      found.set(id, record)
    }
  }
  const head = `SELECT ${fields.join(',')} FROM ${type} WHERE Id IN ()`
  for (const some of fitting(missing, head)) {
    const { records } = await query(client, head.replace('()', `(${some.map(quote).join(',')})`), true, signal)
    for (const record of records) {
      const id = some.find((each) => sameId(record.id, each))
      if (id !== undefined) found.set(id, record)
    }
  }
  if (shown !== null) for (const [id, record] of found) if (record !== null && !isOwn(record)) found.set(id, null)
  return found
}

function isOwn({ body }: RawRecord): boolean {
  const held = (body as Readonly<Record<string, unknown>> | null)?.[RECORD_ID]
  return typeof held === 'string' && held !== ''
}

import type { RawRecord } from '@throughline/sdk'
import { demand } from './classify.ts'
import type { Context } from './context.ts'
import { nextOf } from './cursor.ts'
import { asArray, asObject } from './problem.ts'
import { endOf, relatedTypes } from './related-fields.ts'

const PER_CALL = 100
/** Calls for one page of objects and one type; an object with more ends than they bring is judged by those. */
const ROUNDS = 10

/**
 * Adds what living objects belong to, for the types that a mapping names; HubSpot tells of it in calls of their own only.
 * Where an answer says nothing of an object, neither does the record: absent is not "belongs to nothing".
 */
export async function withRelated(context: Context, records: readonly RawRecord[], signal: AbortSignal): Promise<readonly RawRecord[]> {
  const types = relatedTypes(context.mapped)
  if (types.length === 0) return records
  const found = new Map<string, Record<string, unknown>>()
  const living = [...new Set(records.filter(({ state }) => state === 'live').map(({ id }) => id))]
  for (const type of types) {
    for (let from = 0; from < living.length; from += PER_CALL) {
      const ends = await endsOf(context, type, living.slice(from, from + PER_CALL), signal)
      for (const [id, list] of ends) found.set(id, { ...found.get(id), [type]: { results: list } })
    }
  }
  return records.map((record) => {
    const associations = record.state === 'live' ? found.get(record.id) : undefined
    return associations ? { ...record, body: { ...asObject(record.body), associations } } : record
  })
}

async function endsOf(context: Context, type: string, ids: readonly string[], signal: AbortSignal): Promise<Map<string, unknown[]>> {
  const asked = new Set(ids)
  const found = new Map<string, unknown[]>()
  let inputs: { id: string; after?: string }[] = ids.map((id) => ({ id }))
  for (let round = 0; inputs.length > 0 && round < ROUNDS; round += 1) {
    const body = demand(await context.client.associations(context.stream.objectType, type, inputs, signal), context.now())
    inputs = []
    for (const row of asArray(body.results).map(asObject)) {
      const id = String(asObject(row.from).id)
      if (!asked.has(id)) continue
      const ends = [...(found.get(id) ?? []), ...asArray(row.to)]
      found.set(id, ends)
      const after = nextOf(row)
      if (after !== null && !ends.some((end) => endOf(end).primary)) inputs.push({ id, after })
    }
    for (const error of asArray(body.errors).map(asObject)) {
      if (!String(error.subCategory).endsWith('NO_ASSOCIATIONS_FOUND')) continue
      for (const id of asArray(asObject(error.context).fromObjectId).map(String)) if (asked.has(id) && !found.has(id)) found.set(id, [])
    }
  }
  return found
}

import type { RawRecord } from '@throughline/sdk'
import { classify, demand } from './classify.ts'
import type { Context } from './context.ts'
import { asArray } from './problem.ts'
import { mergedAway, recordOf } from './record.ts'
import { withRelated } from './related.ts'

/**
 * The present state of objects. Batch read passes over archived objects and ids that were merged away, so what it misses
 * is asked for among the archived, and what is still missing one by one: only the single read follows a merge. That
 * last step costs a call for each id, but only for ids that went for good or were merged.
 */
export async function read(context: Context, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>()
  for (const archived of [false, true]) {
    const missing = unread(ids, found)
    if (missing.length === 0) break
    const answer = await context.client.read(context.stream.objectType, missing, { properties: context.properties, archived }, signal)
    const asked = new Set(missing)
    for (const record of asArray(demand(answer, context.now()).results).map(recordOf)) {
      if (record && asked.has(record.id)) found.set(record.id, record)
    }
  }
  for (const id of unread(ids, found)) found.set(id, await readOne(context, id, signal))
  const records = [...found.values()].filter((record) => record !== null)
  for (const record of await withRelated(context, records, signal)) found.set(record.id, record)
  return found
}

async function readOne(context: Context, id: string, signal: AbortSignal): Promise<RawRecord | null> {
  const answer = await context.client.readOne(context.stream.objectType, id, context.properties, signal)
  const verdict = classify(answer, context.now())
  if (verdict.kind === 'refused' && answer.exchange.status === 404) return null
  demand(answer, context.now())
  const record = recordOf(answer.body)
  return record && record.id !== id ? mergedAway(id, record) : record
}

function unread(ids: readonly string[], found: ReadonlyMap<string, RawRecord | null>): string[] {
  return [...new Set(ids)].filter((id) => !found.has(id))
}

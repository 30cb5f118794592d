import type { RawRecord } from '@throughline/sdk'
import { classify, demand } from './classify.ts'
import type { Context } from './context.ts'
import { mergedAway, recordOf } from './record.ts'
import { withRelated } from './related.ts'
import { rowsOf, strange } from './rows.ts'

/**
 * The present state of objects. Batch read passes over archived objects and ids that were merged away, so what it misses
 * is asked for among the archived, and what is still missing one by one: only the single read follows a merge. That
 * last step costs a call or two for each id, but only for ids that went for good, were merged, or that a batch left out.
 */
export async function read(context: Context, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>()
  for (const archived of [false, true]) {
    const missing = unread(ids, found)
    if (missing.length === 0) break
    const answer = await context.client.read(context.stream.objectType, missing, { properties: context.properties, archived }, signal)
    const asked = new Set(missing)
    for (const record of rowsOf(answer, context.now()).records) {
      if (asked.has(record.id)) found.set(record.id, record)
    }
  }
  for (const id of unread(ids, found)) found.set(id, await readOne(context, id, signal))
  const records = [...found.values()].filter((record) => record !== null)
  for (const record of await withRelated(context, records, signal)) found.set(record.id, record)
  return found
}

/** Alive or merged away, else archived: a batch may have left it out of its answer. */
async function readOne(context: Context, id: string, signal: AbortSignal): Promise<RawRecord | null> {
  for (const archived of [false, true]) {
    const answer = await context.client.readOne(context.stream.objectType, id, context.properties, archived, signal)
    const verdict = classify(answer, context.now())
    if (verdict.kind === 'refused' && answer.exchange.status === 404) continue
    demand(answer, context.now())
    const record = recordOf(answer.body)
    if (!record) throw strange(answer, 'without an object')
    return record.id === id ? record : mergedAway(id, record)
  }
  return null
}

function unread(ids: readonly string[], found: ReadonlyMap<string, RawRecord | null>): string[] {
  return [...new Set(ids)].filter((id) => !found.has(id))
}

import { type RawRecord, VendorError } from '@throughline/sdk'
import { classify, demand } from './classify.ts'
import type { Context } from './context.ts'
import { recordOf, tombstone } from './record.ts'

/** The present state of issues, one call after the other: GitHub reads no several at once. */
export async function read(context: Context, ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, RawRecord | null>> {
  const found = new Map<string, RawRecord | null>()
  let isReachable = false
  for (const id of new Set(ids)) {
    const outcome = await readOne(context, id, signal)
    // No read access looks like absence. Only where the repository itself can be read is an issue really not there.
    if (!outcome.isSure && !isReachable) {
      demand(await context.client.page({ sort: 'created', direction: 'asc', size: 1 }, null, signal), context.now())
      isReachable = true
    }
    found.set(id, outcome.record)
  }
  return found
}

async function readOne(context: Context, id: string, signal: AbortSignal): Promise<{ record: RawRecord | null; isSure: boolean }> {
  const number = Number(id)
  if (!/^[1-9]\d*$/.test(id) || !Number.isSafeInteger(number)) return { record: null, isSure: true }
  const answer = await context.client.issue(number, signal)
  const verdict = classify(answer, context.now())
  if (verdict.kind === 'missing') return { record: null, isSure: false }
  // Transferred (its new place is another repository's business), deleted, or issues switched off as a whole.
  if (verdict.kind === 'moved' || verdict.kind === 'gone') return { record: tombstone(id), isSure: false }
  const record = recordOf(demand(answer, context.now()))
  if (record && record.id !== id) throw new VendorError('retry', `GitHub answered with another issue than ${id}`)
  return { record, isSure: true }
}

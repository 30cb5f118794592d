import type { Delivery, Exchange, RawRecord, WriteResult } from '@throughline/sdk'
import type { Verdict } from './classify.ts'

/** One delivery after the other, as for vendors whose calls take one object. A call that may have landed does not stop the rest. */
export async function oneByOne(
  deliveries: readonly Delivery[],
  write: (delivery: Delivery) => Promise<WriteResult>,
): Promise<readonly WriteResult[]> {
  const results: WriteResult[] = []
  for (const delivery of deliveries) results.push(await write(delivery))
  return results
}

/** What a failed call means for its delivery. `sent` is false for a reading that came before the write: then nothing can have landed. */
export function failed(verdict: Exclude<Verdict, { kind: 'ok' }>, exchange: Exchange, sent = true): WriteResult {
  const { why } = verdict
  switch (verdict.kind) {
    case 'limited':
    case 'later': {
      const limited = verdict.kind === 'limited' ? { limited: true } : {}
      return { next: 'retry', ...(verdict.at === undefined ? {} : { at: verdict.at }), ...limited, why, exchange }
    }
    case 'credentials':
      return { next: 'retry', why, exchange }
    case 'uncertain':
    case 'garbage':
      return sent ? { next: 'unknown', why, exchange } : { next: 'retry', why, exchange }
    case 'refused':
      return { next: 'reject', why, exchange }
  }
}

export function done(externalId: string, raw: RawRecord | null, created: boolean, exchange: Exchange): WriteResult {
  return { next: 'done', receipt: { externalId, raw, created }, exchange }
}

export function conflict(current: RawRecord | null, why: string, exchange: Exchange): WriteResult {
  return { next: 'conflict', current, why, exchange }
}

/** What is known of an object of which the vendor says only that it is gone. */
export function tombstone(id: string): RawRecord {
  return { id, state: 'deleted', modifiedAt: null, modifiedText: null, actor: null, body: null }
}

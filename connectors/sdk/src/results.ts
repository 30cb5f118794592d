import type { Answer } from './client.ts'
import type { RawRecord } from './raw.ts'
import type { Delivery, WriteResult } from './write.ts'

/** One delivery after the other, for vendors whose calls take one object (`batch.write: 1`). What happens to one does not stop the rest. */
export async function oneByOne(
  deliveries: readonly Delivery[],
  write: (delivery: Delivery) => Promise<WriteResult>,
): Promise<readonly WriteResult[]> {
  const results: WriteResult[] = []
  for (const delivery of deliveries) results.push(await write(delivery))
  return results
}

export function done({ exchange }: Answer, externalId: string, raw: RawRecord | null, created: boolean): WriteResult {
  return { next: 'done', receipt: { externalId, raw, created }, exchange }
}

/** `current`: the object as it is now, where the vendor says; `null` if it is gone or was not told. */
export function conflict({ exchange }: Answer, current: RawRecord | null, why: string): WriteResult {
  return { next: 'conflict', current, why, exchange }
}

/** What a write means that did not go as it should, by the answer's verdict. What neither failed nor can be understood may have landed. */
export function notDone({ exchange, verdict }: Answer): WriteResult {
  switch (verdict.kind) {
    case 'limited':
    case 'later': {
      const { at, why, kind } = verdict
      return { next: 'retry', ...(at !== undefined && { at }), ...(kind === 'limited' && { limited: true }), why, exchange }
    }
    case 'credentials':
      return { next: 'retry', why: verdict.why, exchange }
    case 'refused':
      return { next: 'reject', why: verdict.why, exchange }
    case 'uncertain':
    case 'garbage':
      return { next: 'unknown', why: verdict.why, exchange }
    case 'ok':
      return { next: 'unknown', why: 'the answer does not say what became of the object', exchange }
  }
}

import type { Delivery, Stream, WriteResult } from '@throughline/sdk'
import type { Has } from './defects.ts'
import { toRecord } from './stream.ts'
import type { Call, Outcome } from './wire.ts'

interface RowAnswer {
  readonly status: 'ok' | 'refused' | 'stale'
  readonly created?: boolean
  readonly why?: string
  readonly object?: { readonly id: string }
}

type Write = (deliveries: readonly Delivery[], signal: AbortSignal) => Promise<readonly WriteResult[]>

export function createWrite(stream: Stream, call: Call, limit: number, has: Has): Write {
  const marked = stream.can.markedBy !== undefined
  return async function write(deliveries, signal): Promise<readonly WriteResult[]> {
    if (deliveries.length === 0 && !has('calls for nothing')) return []
    if (deliveries.length > limit && has('cuts an overfull batch')) {
      const sent = await write(deliveries.slice(0, limit), signal)
      return deliveries.map((_, i) => sent[i] ?? sent[0]!)
    }
    if (deliveries.length > 1 && has('sends row by row')) {
      const results: WriteResult[] = []
      for (const delivery of deliveries) results.push(...(await write([delivery], signal)))
      return results
    }
    const operation = deliveries[0]?.operation ?? 'update'
    const rows = deliveries.map(({ externalId, recordId, basedOn, patch }) => ({
      ...(externalId === null ? !has('creates without the record id') && { hub_id: recordId } : { id: externalId }),
      ...(!has('ignores versions') && { basedOn }),
      ...(has('leaves what is there as it is') && { keep: true }),
      set: {
        ...(stream.encode(patch) as object),
        ...(marked && externalId === null && !has('creates without the record id') && { hub_id: recordId }),
      },
    }))
    const create = marked ? 'insert' : 'create'
    const verb = operation === 'create' ? create : operation === 'update' && has('replaces instead of patching') ? 'replace' : operation
    const outcome = await call('POST', '/people/batch', { operation: verb, rows }, signal)
    if (outcome.kind !== 'answer') return deliveries.map(() => failed(outcome, has))
    const answers = (outcome.body['results'] ?? []) as RowAnswer[]
    const spoilt = answers.some((answer) => answer.status === 'refused') && has('blames the neighbours')
    const results = deliveries.map((delivery, i): WriteResult => {
      const { exchange } = outcome
      const answer = answers[i]
      if (spoilt) return { next: 'reject', why: 'a row was refused', exchange }
      if (has('believes every row') || (!answer && has('takes HTML for empty'))) {
        return {
          next: 'done',
          receipt: { externalId: answer?.object?.id ?? delivery.externalId ?? '', raw: null, created: true },
          exchange,
        }
      }
      if (!answer) return { next: 'unknown', why: 'the answer lacks this row', exchange }
      if (answer.status === 'refused') return { next: 'reject', why: answer.why ?? '', exchange }
      const raw = toRecord(answer.object, has)
      if (answer.status === 'stale') return { next: 'conflict', current: raw, why: 'it was edited meanwhile', exchange }
      return {
        next: 'done',
        receipt: { externalId: raw.id, raw, created: answer.created === true || has('calls everything created') },
        exchange,
      }
    })
    const gone = results.findIndex((result) => result.next === 'reject' && result.why === 'the object was deleted')
    if (gone >= 0 && has('revives what is gone'))
      return write(
        deliveries.map((delivery) => ({ ...delivery, operation: 'create', externalId: null })),
        signal,
      )
    return results
  }
}

function failed(outcome: Exclude<Outcome, { kind: 'answer' }>, has: Has): WriteResult {
  const { exchange } = outcome
  if (outcome.kind === 'unsent') return { next: 'retry', why: outcome.why, exchange }
  if (outcome.kind !== 'status') return { next: has('takes lost for a retry') ? 'retry' : 'unknown', why: outcome.why, exchange }
  const { status, at } = outcome
  if (status >= 500 && has('takes an outage for done'))
    return { next: 'done', receipt: { externalId: 'p', raw: null, created: true }, exchange }
  if (status >= 500 && has('rejects during an outage')) return { next: 'reject', why: `the vendor answered ${status}`, exchange }
  if (status === 429 && !has('blind to limits'))
    return { next: 'retry', limited: true, ...(at !== undefined && { at }), why: 'too many calls', exchange }
  if (status === 401 && has('rejects without credentials')) return { next: 'reject', why: 'the token is not accepted', exchange }
  if (status === 401 || status === 429) return { next: 'retry', why: `the vendor answered ${status}`, exchange }
  return { next: status >= 500 ? 'unknown' : 'reject', why: `the vendor answered ${status}`, exchange }
}

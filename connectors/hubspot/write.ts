import type { Delivery, Exchange, WriteResult } from '@throughline/sdk'
import { classify, type Verdict } from './classify.ts'
import type { Context } from './context.ts'
import { asArray, asObject, describe, type Problem, problemOf } from './problem.ts'
import { propertiesOf, RECORD_ID, recordOf } from './record.ts'
import type { Answer } from './transport.ts'

/** One delivery as the vendor gets it. */
interface Input {
  readonly id: string
  readonly idProperty?: string
  readonly objectWriteTraceId: string
  readonly properties: Record<string, string>
}

/**
 * One batch call. A create is an upsert by the hub's record id, so that it may be repeated. Every input carries the
 * delivery's key as its trace id: without one the vendor refuses the whole batch for a single bad row.
 */
export async function write(context: Context, deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]> {
  const operation = deliveries[0]?.operation
  if (operation === undefined) return []
  const inputs = deliveries.map((delivery) => toInput(context, delivery))
  const type = context.stream.objectType
  const answer =
    operation === 'create'
      ? await context.client.upsert(type, inputs, signal)
      : operation === 'update'
        ? await context.client.update(type, inputs, signal)
        : await context.client.archive(
            type,
            inputs.map((input) => input.id),
            signal,
          )
  const verdict = classify(answer, context.now())
  if (verdict.kind !== 'ok') return inputs.map((input, index) => whole(verdict, answer, input, inputs.length, deliveries[index]!))
  if (operation === 'delete') return inputs.map((input) => removed(answer, input))
  return rows(answer, inputs)
}

function toInput({ stream }: Context, { key, operation, recordId, externalId, patch }: Delivery): Input {
  const properties = stream.encode(patch)
  if (operation !== 'create') return { id: externalId ?? '', objectWriteTraceId: key, properties }
  return { id: recordId, idProperty: RECORD_ID, objectWriteTraceId: key, properties: { ...properties, [RECORD_ID]: recordId } }
}

/** The outcome of each row of a 200 or 207, by trace id, else by the id it was sent under; a row without one is unknown. */
function rows(answer: Answer, inputs: readonly Input[]): WriteResult[] {
  const body = asObject(answer.body)
  const results = new Map<string, unknown>()
  for (const row of asArray(body.results)) {
    const { objectWriteTraceId, id } = asObject(row)
    const record = recordOf(row)
    if (!record) continue
    const recordId = propertiesOf(record)[RECORD_ID]
    for (const name of [objectWriteTraceId, id, recordId]) if (typeof name === 'string' && !results.has(name)) results.set(name, row)
  }
  const errors = new Map<string, unknown>()
  for (const error of asArray(body.errors)) for (const name of problemOf(error).inputs) errors.set(name, error)
  return inputs.map((input) => {
    const error = errors.get(input.objectWriteTraceId) ?? errors.get(input.id)
    if (error !== undefined) return refusedRow(problemOf(error), exchangeOf(answer, input, error))
    const row = results.get(input.objectWriteTraceId) ?? results.get(input.id)
    const raw = recordOf(row)
    const exchange = exchangeOf(answer, input, row)
    if (!raw) return { next: 'unknown', why: 'the answer has no row for this input', exchange }
    return { next: 'done', receipt: { externalId: raw.id, raw, created: asObject(row).new === true }, exchange }
  })
}

function refusedRow(problem: Problem, exchange: Exchange): WriteResult {
  const why = describe(null, problem)
  if (/^(OBJECT_NOT_FOUND|CONFLICT)$/.test(problem.category)) return { next: 'conflict', current: null, why, exchange }
  if (/^RATE_LIMIT/.test(problem.category)) return { next: 'retry', limited: true, why, exchange }
  if (/INTERNAL|TIMEOUT/.test(problem.category)) return { next: 'unknown', why, exchange }
  return { next: 'reject', why: why === '' ? 'refused without a category' : why, exchange }
}

/** One row's share in an answer to the whole batch. */
function whole(verdict: Exclude<Verdict, { kind: 'ok' }>, answer: Answer, input: Input, size: number, delivery: Delivery): WriteResult {
  const exchange = exchangeOf(answer, input, undefined)
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
      return { next: 'unknown', why, exchange }
    case 'refused': {
      const { inputs } = verdict.problem
      const named = inputs.includes(input.objectWriteTraceId) || inputs.includes(input.id)
      if (size === 1 || named) return refusedAlone(verdict, answer, exchange, delivery)
      // Somebody else is at fault and known, or nobody is named and each must be tried by itself.
      return { next: 'retry', ...(inputs.length > 0 ? {} : { alone: true }), why: `the batch was refused as a whole: ${why}`, exchange }
    }
  }
}

function refusedAlone(verdict: Extract<Verdict, { kind: 'refused' }>, answer: Answer, exchange: Exchange, delivery: Delivery): WriteResult {
  const status = answer.exchange.status
  if (status === 404 && delivery.operation === 'delete') return removedResult(delivery.externalId ?? '', exchange)
  if (status === 404 || status === 409) return { next: 'conflict', current: null, why: verdict.why, exchange }
  return { next: 'reject', why: verdict.why, exchange }
}

/** Archiving says nothing by row: it succeeds for objects that are gone already. */
function removed(answer: Answer, input: Input): WriteResult {
  return removedResult(input.id, exchangeOf(answer, input, undefined))
}

function removedResult(externalId: string, exchange: Exchange): WriteResult {
  return { next: 'done', receipt: { externalId, raw: null, created: false }, exchange }
}

/** This row's part of the call: what was asked for it, and its own row of the answer where there is one. */
function exchangeOf(answer: Answer, input: Input, row: unknown): Exchange {
  const { method, path, status } = answer.exchange
  return { method, path, request: JSON.stringify(input), status, answer: row === undefined ? answer.exchange.answer : JSON.stringify(row) }
}

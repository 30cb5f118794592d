import type { Delivery, Exchange, RawRecord, WriteResult } from '@throughline/sdk'
import { faultIn, rowFateOf } from './classify.ts'
import type { Answer, Client, Request } from './client.ts'
import { sameId } from './id.ts'
import { tombstone } from './record.ts'
import { RECORD_ID, type SalesforceStream } from './stream.ts'

type Read = (ids: readonly string[]) => Promise<ReadonlyMap<string, RawRecord | null>>

/** What one row came to, before the objects are read back. */
type Row =
  | { readonly kind: 'written'; readonly id: string; readonly created: boolean }
  | { readonly kind: 'gone'; readonly id: string; readonly why: string }
  | { readonly kind: 'settled'; readonly result: (exchange: Exchange) => WriteResult }

/**
 * One call for all rows: creates are upserts by the record id, so that repeating them makes no second object; updates and
 * deletes go by the vendor's id. Afterwards one reading of what was written gives the receipts the vendor's own form.
 */
export async function write(
  client: Client,
  stream: SalesforceStream,
  deliveries: readonly Delivery[],
  read: Read,
  signal: AbortSignal,
): Promise<WriteResult[]> {
  const [first] = deliveries
  if (!first) return []
  const rows = deliveries.map((delivery) => encodeRow(stream, delivery))
  const answer = await client.call(requestFor(stream.type, first.operation, rows), signal)
  const exchanges = rows.map((row) => exchangeOf(answer, stream.type, first.operation, row))
  if (!answer.ok) return exchanges.map((exchange) => wholeCall(answer, deliveries.length, exchange))

  const items: readonly unknown[] = Array.isArray(answer.body) ? answer.body : []
  const outcomes = deliveries.map((delivery, i) => outcome(delivery, items[i]))
  const ids = outcomes.flatMap((row) => (row.kind === 'settled' ? [] : [row.id]))
  const [current, own] = ids.length === 0 ? [null, null] : await Promise.all([read(ids).catch(() => null), client.user(signal)])
  return outcomes.map((row, i) => {
    const item = items[i]
    const exchange = { ...exchanges[i]!, answer: item === undefined ? exchanges[i]!.answer : JSON.stringify(item) }
    if (row.kind === 'settled') return row.result(exchange)
    const raw = current?.get(row.id) ?? null
    return row.kind === 'gone' ? missing(row, raw, exchange) : receipt(deliveries[i]!, row, raw, own, exchange)
  })
}

/** A row as JSON; for a delete, its id. */
function encodeRow(stream: SalesforceStream, delivery: Delivery): string {
  const { operation, externalId, recordId, patch } = delivery
  if (operation === 'delete') return externalId ?? ''
  if (operation === 'update') return JSON.stringify(Object.assign({}, stream.encode(patch), { Id: externalId }))
  const starts = Object.entries(stream.nature.insists ?? {}).filter(([, value]) => value !== null)
  return JSON.stringify(Object.assign(Object.fromEntries(starts), stream.encode(patch), { [RECORD_ID]: recordId }))
}

function requestFor(type: string, operation: Delivery['operation'], rows: readonly string[]): Request {
  switch (operation) {
    case 'create':
      return { method: 'PATCH', path: `/composite/sobjects/${type}/${RECORD_ID}`, body: collection(rows) }
    case 'update':
      return { method: 'PATCH', path: '/composite/sobjects', body: collection(rows) }
    case 'delete':
      return { method: 'DELETE', path: `/composite/sobjects?allOrNone=false&ids=${rows.map(encodeURIComponent).join(',')}` }
  }
}

function collection(rows: readonly string[]): string {
  return `{"allOrNone":false,"records":[${rows.join(',')}]}`
}

/** What went over the wire for one row: no other row's data in one row's dead letter. */
function exchangeOf(answer: Answer, type: string, operation: Delivery['operation'], row: string): Exchange {
  const alone = requestFor(type, operation, [row])
  const root = answer.exchange.path.split('/composite/')[0] ?? ''
  return { ...answer.exchange, path: `${root}${alone.path}`, request: alone.body ?? '' }
}

function wholeCall(answer: Extract<Answer, { ok: false }>, rows: number, exchange: Exchange): WriteResult {
  const { fate, why } = answer
  const at = answer.at === undefined ? {} : { at: answer.at }
  switch (fate) {
    case 'lost':
      return { next: 'unknown', why, exchange }
    case 'limited':
      return { next: 'retry', limited: true, why, exchange, ...at }
    case 'unsent':
    case 'busy':
    case 'unauthorised':
      return { next: 'retry', why, exchange, ...at }
    case 'refused':
      return rows > 1 ? { next: 'retry', alone: true, why, exchange } : { next: 'reject', why, exchange }
  }
}

function outcome(delivery: Delivery, item: unknown): Row {
  const settled = (result: (exchange: Exchange) => WriteResult): Row => ({ kind: 'settled', result })
  const unknown = (why: string): Row => settled((exchange) => ({ next: 'unknown', why, exchange }))
  if (typeof item !== 'object' || item === null) return unknown('Salesforce answered, but not about this row')
  const { id, success, created, errors } = item as Readonly<Record<string, unknown>>
  if (success === true) {
    if (typeof id !== 'string' || id === '') return unknown('Salesforce names no object for this row')
    if (delivery.externalId !== null && !sameId(id, delivery.externalId)) return unknown('Salesforce answered about another object')
    return { kind: 'written', id: delivery.externalId ?? id, created: created === true }
  }
  const fault = faultIn(errors)
  if (!fault) return unknown('Salesforce answered, but neither with success nor with an error')
  const why = `${fault.code}: ${fault.message}`
  switch (rowFateOf(fault, RECORD_ID)) {
    case 'limited':
      return settled((exchange) => ({ next: 'retry', limited: true, why, exchange }))
    case 'busy':
      return settled((exchange) => ({ next: 'retry', why, exchange }))
    case 'raced':
      return settled((exchange) => ({ next: 'retry', alone: true, why, exchange }))
    case 'refused':
      return settled((exchange) => ({ next: 'reject', why, exchange }))
    case 'gone':
      if (delivery.externalId === null) return settled((exchange) => ({ next: 'retry', why, exchange }))
      if (delivery.operation === 'delete') return { kind: 'written', id: delivery.externalId, created: false }
      return { kind: 'gone', id: delivery.externalId, why }
  }
}

/** The update found nothing to update. What the recycle bin says of it comes with the answer. */
function missing(row: Extract<Row, { kind: 'gone' }>, raw: RawRecord | null, exchange: Exchange): WriteResult {
  return { next: 'conflict', current: raw ?? tombstone(row.id), why: row.why, exchange }
}

/**
 * The receipt shows the object as read back only if that is our own write: whoever edited it in between would otherwise
 * pass as what both sides agreed on.
 */
function receipt(
  delivery: Delivery,
  row: Extract<Row, { kind: 'written' }>,
  raw: RawRecord | null,
  own: string | null,
  exchange: Exchange,
): WriteResult {
  const ours = raw !== null && own !== null && raw.actor !== null && sameId(raw.actor, own)
  const expected = delivery.operation === 'delete' ? 'deleted' : 'live'
  if (raw && delivery.operation === 'create' && !carries(raw, delivery.recordId)) {
    return { next: 'unknown', why: 'Salesforce names an object that does not carry the record id', exchange }
  }
  const { id: externalId, created } = row
  return { next: 'done', receipt: { externalId, raw: ours && raw.state === expected ? raw : null, created }, exchange }
}

function carries(raw: RawRecord, recordId: string): boolean {
  const held = (raw.body as Readonly<Record<string, unknown>> | null)?.[RECORD_ID]
  return typeof held === 'string' && held.toLowerCase() === recordId.toLowerCase()
}

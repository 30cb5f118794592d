import type { Delivery, WriteResult } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import type { Answer } from '../shared/http.ts'
import { asArray, asObject } from '../shared/json.ts'
import { conflict, done, failed, oneByOne, tombstone } from '../shared/results.ts'
import { voice, type Status, type StrapiClient } from './client.ts'
import { byDocument, hasUnpublishedEdits, recordOf, type Versions } from './record.ts'
import { articles, RECORD_ID, unwritable } from './stream.ts'

/** One call for each delivery, after a look at what an update would meet. Never throws and never repeats a write. */
export function write(client: StrapiClient, deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]> {
  return oneByOne(deliveries, (delivery) => {
    switch (delivery.operation) {
      case 'create':
        return create(client, delivery, signal)
      case 'update':
        return update(client, delivery, signal)
      case 'delete':
        return remove(client, delivery, signal)
    }
  })
}

/** As a draft: what readers see is an editor's decision. The record id in a field of its own finds it again. */
async function create(client: StrapiClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const body = bodyOf(delivery)
  if (typeof body === 'string') return impossible(body, delivery)
  const answer = await client.fetch('POST', null, [['status', 'draft']], body, signal)
  return outcome(client, answer, delivery, null, 'draft')
}

/**
 * The published version is written anew only if its draft holds no edits of a person: publishing those is not ours to do.
 * Without a version check somebody may still begin to edit between the look and the write.
 */
async function update(client: StrapiClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const id = delivery.externalId ?? ''
  const body = bodyOf(delivery)
  if (typeof body === 'string') return impossible(body, delivery)
  const seen: Partial<Record<Status, Versions['draft']>> = {}
  for (const status of ['draft', 'published'] as const) {
    const query = [
      ['status', status],
      ['filters[documentId][$eq]', id],
    ] as const
    const answer = await client.fetch('GET', null, query, undefined, signal)
    const verdict = classify(voice, answer, client.now())
    if (verdict.kind !== 'ok') return failed(verdict, answer.exchange, false)
    const row = byDocument(asArray(asObject(answer.body).data)).get(id)
    if (row) seen[status] = row
    else if (status === 'draft') return conflict(tombstone(id), 'the document is not there any more', answer.exchange)
  }
  const before = { draft: seen.draft ?? {}, published: seen.published ?? null }
  const status = before.published !== null && !hasUnpublishedEdits(before) ? 'published' : 'draft'
  const answer = await client.fetch('PUT', id, [['status', status]], body, signal)
  return outcome(client, answer, delivery, before, status)
}

async function remove(client: StrapiClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const id = delivery.externalId ?? ''
  const answer = await client.fetch('DELETE', id, [], undefined, signal)
  const verdict = classify(voice, answer, client.now())
  const isGone = verdict.kind === 'refused' && verdict.status === 404
  return verdict.kind === 'ok' || isGone ? done(id, null, false, answer.exchange) : failed(verdict, answer.exchange)
}

function outcome(client: StrapiClient, answer: Answer, delivery: Delivery, before: Versions | null, status: Status): WriteResult {
  const verdict = classify(voice, answer, client.now())
  const { exchange, body } = answer
  if (verdict.kind === 'refused' && verdict.status === 404 && delivery.externalId !== null) {
    return conflict(tombstone(delivery.externalId), verdict.why, exchange)
  }
  if (verdict.kind === 'refused' && isTaken(body)) return conflict(null, verdict.why, exchange)
  if (verdict.kind !== 'ok') return failed(verdict, exchange)
  const row = asObject(asObject(body).data)
  // The answer is the row of the status that was written; the draft has the same words and the same time.
  const versions =
    status === 'published' ? { draft: { ...row, publishedAt: null }, published: row } : { draft: row, published: before?.published ?? null }
  const raw = recordOf(versions)
  if (raw === null || (delivery.externalId !== null && raw.id !== delivery.externalId)) {
    return { next: 'unknown', why: 'Strapi answered, but not about this document', exchange }
  }
  return done(raw.id, raw, delivery.operation === 'create', exchange)
}

/** A document with this record id is there already: somebody created it meanwhile, perhaps we did. */
function isTaken(body: unknown): boolean {
  const { details, message } = asObject(asObject(body).error)
  const problems = [{ path: [], message }, ...asArray(asObject(details).errors).map(asObject)]
  return problems.some((problem) => /must be unique/i.test(String(problem.message)) && asArray(problem.path).includes(RECORD_ID))
}

/** `{data}` for Strapi, or the name of a member that its content API does not write. */
function bodyOf(delivery: Delivery): { readonly data: unknown } | string {
  const name = unwritable(delivery.patch)
  if (name !== null) return name
  const data = asObject(articles.encode(delivery.patch))
  return { data: delivery.operation === 'create' ? { ...data, [RECORD_ID]: delivery.recordId } : data }
}

function impossible(name: string, delivery: Delivery): Promise<WriteResult> {
  const exchange = { method: 'PUT', path: '/', request: JSON.stringify(delivery.patch), status: null, answer: '' }
  return Promise.resolve({ next: 'reject', why: `Strapi's content API does not write ${name}: map it inwards only`, exchange })
}

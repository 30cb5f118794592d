import type { Delivery, Fields, RawRecord, WriteResult } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import type { Answer } from '../shared/http.ts'
import { asArray, asObject, type Json } from '../shared/json.ts'
import { conflict, done, failed, oneByOne, tombstone } from '../shared/results.ts'
import { problemsOf, type SanityClient, voice } from './client.ts'
import { documentIdOf, isPublishedId } from './ids.ts'
import { read } from './read.ts'
import type { Document } from './record.ts'
import { articles, type Encoded, unwritable } from './stream.ts'

/** One transaction for each delivery. Never throws and never repeats a write. */
export function write(client: SanityClient, deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]> {
  return oneByOne(deliveries, (delivery) => {
    const name = unwritable(delivery.patch)
    if (name !== null) return Promise.resolve(impossible(delivery, `Sanity makes ${name} itself: map it inwards only`))
    const { externalId } = delivery
    if (externalId !== null && !isPublishedId(externalId))
      return Promise.resolve(impossible(delivery, 'No published document has such an id'))
    switch (delivery.operation) {
      case 'create':
        return create(client, delivery, signal)
      case 'update':
        return change(client, externalId ?? '', delivery, signal)
      case 'delete':
        return remove(client, externalId ?? '', signal)
    }
  })
}

/** Under an id that follows from the record: a second one meets the first, and then changes that. */
async function create(client: SanityClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const id = documentIdOf(delivery.recordId)
  const { set, setIfMissing } = articles.encode(delivery.patch) as Encoded
  const createIfNotExists = { _id: id, _type: client.type, ...nested(set, setIfMissing) }
  const answer = await client.mutate([{ createIfNotExists }], signal)
  const verdict = classify(voice, answer, client.now())
  if (verdict.kind !== 'ok') return refused(client, id, answer, signal)
  const [result] = asArray(asObject(answer.body).results).map(asObject)
  if (result?.id !== id) return { next: 'unknown', why: 'Sanity answered, but not about this document', exchange: answer.exchange }
  if (result.operation !== 'create') return change(client, id, delivery, signal)
  const raw = client.recordOf(result.document)
  return done(id, raw?.id === id ? raw : null, true, answer.exchange)
}

/**
 * Sanity checks revisions, where we know times. So the document is read, compared with what the patch is based on, and
 * patched under the revision that was read: whatever happens in between is refused. What is there already is not written again.
 */
async function change(client: SanityClient, id: string, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const look = await client.ask({ where: ['_id == $id'], order: '_id', params: { id } }, 1, signal)
  const verdict = classify(voice, look, client.now())
  if (verdict.kind !== 'ok') return failed(verdict, look.exchange, false)
  const { result } = asObject(look.body)
  const [found, ...more] = asArray(result)
  if (!Array.isArray(result) || more.length > 0) return elsewhere(look)
  if (found === undefined) {
    if (delivery.operation === 'create') return { next: 'reject', why: 'A document of another type has this id', exchange: look.exchange }
    return conflict(tombstone(id), 'the document is not there any more', look.exchange)
  }
  const current = client.recordOf(found)
  if (current?.id !== id) return elsewhere(look)
  if (delivery.basedOn !== null && Date.parse(delivery.basedOn) !== current.modifiedAt) {
    return conflict(current, 'the document has changed since', look.exchange)
  }
  if (holds(articles.decode(current), delivery.patch)) return done(id, current, false, look.exchange)
  const { _rev } = (current.body as Document).document
  const answer = await client.mutate(patches(id, _rev, articles.encode(delivery.patch) as Encoded), signal)
  if (classify(voice, answer, client.now()).kind !== 'ok') return refused(client, id, answer, signal)
  const documents = asArray(asObject(answer.body).results).map((each) => client.recordOf(asObject(each).document))
  const raw = documents.findLast((record) => record?.id === id) ?? null
  if (raw === null) return { next: 'unknown', why: 'Sanity answered, but not about this document', exchange: answer.exchange }
  return done(id, raw, false, answer.exchange)
}

/** Readers see it go at once; a draft of it stays. Deleting what is not there is no error. */
async function remove(client: SanityClient, id: string, signal: AbortSignal): Promise<WriteResult> {
  const answer = await client.mutate([{ delete: { id } }], signal)
  if (classify(voice, answer, client.now()).kind !== 'ok') return refused(client, id, answer, signal)
  if (!Array.isArray(asObject(answer.body).results)) {
    return { next: 'unknown', why: 'Sanity answered, but not about this document', exchange: answer.exchange }
  }
  return done(id, null, false, answer.exchange)
}

/**
 * A revision that is not the present one, or a document that went meanwhile, is a conflict. Two transactions that met, of
 * which neither was to blame, are worth another try.
 */
async function refused(client: SanityClient, id: string, answer: Answer, signal: AbortSignal): Promise<WriteResult> {
  const verdict = classify(voice, answer, client.now())
  const { exchange } = answer
  if (verdict.kind === 'ok') return { next: 'unknown', why: 'Sanity answered, but not about this document', exchange }
  if (verdict.kind !== 'refused') return failed(verdict, exchange)
  const problems = problemsOf(answer.body)
  if (problems.includes('documentRevisionIDDoesNotMatchError') || problems.includes('documentNotFoundError')) {
    return conflict(await currentOf(client, id, signal), verdict.why, exchange)
  }
  if (verdict.why.includes('transactionConflictError')) return { next: 'retry', why: verdict.why, exchange }
  return failed(verdict, exchange)
}

/** What somebody else made of it; unknown where it cannot be read now. */
async function currentOf(client: SanityClient, id: string, signal: AbortSignal): Promise<RawRecord | null> {
  const found = await read(client, [id], signal).catch(() => null)
  return found === null ? null : (found.get(id) ?? tombstone(id))
}

/** `set` comes before `setIfMissing` within one patch, so what holds the values is made by a patch before; both are one transaction. */
function patches(id: string, ifRevisionID: unknown, { set, unset, setIfMissing }: Encoded): readonly object[] {
  const values = { ...(Object.keys(set).length === 0 ? {} : { set }), ...(unset.length === 0 ? {} : { unset }) }
  if (Object.keys(setIfMissing).length === 0) return [{ patch: { id, ifRevisionID, ...values } }]
  return [{ patch: { id, ifRevisionID, setIfMissing } }, { patch: { id, ...values } }]
}

function nested(set: Json, holders: Readonly<Record<string, object>>): Json {
  const document: Record<string, unknown> = { ...holders }
  for (const [name, value] of Object.entries(set)) {
    const [outer = '', inner] = name.split('.')
    document[outer] = inner === undefined ? value : { ...asObject(document[outer]), [inner]: value }
  }
  return document
}

function holds(fields: Fields, patch: Fields): boolean {
  return Object.entries(patch).every(([name, value]) => JSON.stringify(fields[name] ?? null) === JSON.stringify(value ?? null))
}

function elsewhere({ exchange }: Answer): WriteResult {
  return { next: 'retry', why: 'Sanity answered, but not about this document', exchange }
}

function impossible(delivery: Delivery, why: string): WriteResult {
  const exchange = { method: 'POST', path: '/', request: JSON.stringify(delivery.patch), status: null, answer: '' }
  return { next: 'reject', why, exchange }
}

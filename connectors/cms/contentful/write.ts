import type { Delivery, RawRecord, WriteResult } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import type { Answer } from '../shared/http.ts'
import { asObject, type Json } from '../shared/json.ts'
import { conflict, done, failed, oneByOne, tombstone } from '../shared/results.ts'
import { based, currentOf, pathOf } from './at.ts'
import { type ContentfulClient, voice } from './client.ts'
import { entryIdOf } from './ids.ts'
import { type Log, publication } from './publish.ts'
import type { Entry } from './record.ts'
import { statusOf } from './status.ts'
import { articles, STATUS, unwritable } from './stream.ts'

/** One entry after the other. Never throws and never repeats a write. */
export function write(
  client: ContentfulClient,
  deliveries: readonly Delivery[],
  signal: AbortSignal,
  log: Log,
): Promise<readonly WriteResult[]> {
  return oneByOne(deliveries, (delivery) => {
    const why = unwritable(delivery.patch)
    if (why !== null) return Promise.resolve(impossible(delivery, why))
    switch (delivery.operation) {
      case 'create':
        return create(client, delivery, signal, log)
      case 'update':
        return update(client, delivery, signal, log)
      case 'delete':
        return remove(client, delivery, signal)
    }
  })
}

/** As a draft, under an id that follows from the record: a second one meets the first, and then changes that. */
async function create(client: ContentfulClient, delivery: Delivery, signal: AbortSignal, log: Log): Promise<WriteResult> {
  const id = entryIdOf(delivery.recordId)
  const body = { fields: merged({}, delivery, client.locale) }
  const answer = await client.fetch('PUT', pathOf(id), { body, creates: true }, signal)
  const verdict = classify(voice, answer, client.now())
  if (verdict.kind === 'refused' && verdict.status === 409) return change(client, id, delivery, signal, log)
  return outcome(client, id, delivery, answer, signal, async (raw) => {
    const then = await publication(client, raw, { patch: delivery.patch, before: {}, created: true }, signal, log)
    return then ?? done(id, raw, true, answer.exchange)
  })
}

function update(client: ContentfulClient, delivery: Delivery, signal: AbortSignal, log: Log): Promise<WriteResult> {
  return change(client, delivery.externalId ?? '', delivery, signal, log)
}

/**
 * Contentful checks versions, which are numbers, where we know times; and a PUT replaces every field. So the entry is read,
 * compared with what the patch is based on, and written as a whole under the version that was read: whatever happens in
 * between is refused. What is there already is not written again.
 */
async function change(client: ContentfulClient, id: string, delivery: Delivery, signal: AbortSignal, log: Log): Promise<WriteResult> {
  const look = await client.fetch('GET', pathOf(id), {}, signal)
  const verdict = classify(voice, look, client.now())
  if (verdict.kind === 'refused' && verdict.status === 404) return conflict(tombstone(id), verdict.why, look.exchange)
  if (verdict.kind !== 'ok') return failed(verdict, look.exchange, false)
  const current = client.recordOf(look.body)
  if (current === null && delivery.operation === 'create') {
    return { next: 'reject', why: 'An entry of another content type has this id', exchange: look.exchange }
  }
  if (current?.id !== id) return { next: 'retry', why: 'Contentful answered, but not about this entry', exchange: look.exchange }
  if (delivery.basedOn !== null && Date.parse(delivery.basedOn) !== current.modifiedAt) {
    return conflict(current, 'the entry has changed since', look.exchange)
  }
  const { entry } = current.body as Entry
  const before = asObject(entry.sys)
  const finish = async (raw: RawRecord, answer: Answer, wrote: boolean): Promise<WriteResult> =>
    (await publication(client, raw, { patch: delivery.patch, before: wrote ? before : null, created: false }, signal, log)) ??
    done(id, raw, false, answer.exchange)

  const fields = merged(asObject(entry.fields), delivery, client.locale)
  if (JSON.stringify(fields) === JSON.stringify(asObject(entry.fields))) return finish(current, look, false)
  const body = { ...(entry.metadata === undefined ? {} : { metadata: entry.metadata }), fields }
  const answer = await client.fetch('PUT', pathOf(id), { body, ...based(entry) }, signal)
  return outcome(client, id, delivery, answer, signal, (raw) => finish(raw, answer, true))
}

/** What readers see has to be taken from them before the entry can go. */
async function remove(client: ContentfulClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const id = delivery.externalId ?? ''
  const look = await client.fetch('GET', pathOf(id), {}, signal)
  const seen = classify(voice, look, client.now())
  if (seen.kind === 'refused' && seen.status === 404) return done(id, null, false, look.exchange)
  if (seen.kind !== 'ok') return failed(seen, look.exchange, false)
  if (client.recordOf(look.body)?.id !== id)
    return { next: 'retry', why: 'Contentful answered, but not about this entry', exchange: look.exchange }
  let entry = asObject(look.body)
  const steps = statusOf(asObject(entry.sys)) === 'published' ? [`${pathOf(id)}/published`, pathOf(id)] : [pathOf(id)]
  let last = look
  for (const path of steps) {
    last = await client.fetch('DELETE', path, based(entry), signal)
    const verdict = classify(voice, last, client.now())
    if (verdict.kind === 'refused' && verdict.status === 404) break
    if (verdict.kind === 'refused' && verdict.status === 409) {
      return conflict(await currentOf(client, id, signal), verdict.why, last.exchange)
    }
    if (verdict.kind !== 'ok') return failed(verdict, last.exchange)
    entry = asObject(last.body)
  }
  return done(id, null, false, last.exchange)
}

/** What an answer to a PUT of the entry means; `ok` goes on with the entry as it is now. */
async function outcome(
  client: ContentfulClient,
  id: string,
  delivery: Delivery,
  answer: Answer,
  signal: AbortSignal,
  ok: (raw: RawRecord) => Promise<WriteResult>,
): Promise<WriteResult> {
  const { exchange } = answer
  const verdict = classify(voice, answer, client.now())
  if (verdict.kind === 'refused' && verdict.status === 404 && delivery.operation === 'update') {
    return conflict(tombstone(id), verdict.why, exchange)
  }
  if (verdict.kind === 'refused' && verdict.status === 409) return conflict(await currentOf(client, id, signal), verdict.why, exchange)
  if (verdict.kind !== 'ok') return failed(verdict, exchange)
  const raw = client.recordOf(answer.body)
  if (raw?.id !== id) return { next: 'unknown', why: 'Contentful answered, but not about this entry', exchange }
  return ok(raw)
}

/** All fields that the entry is to have: other locales and fields stay as they are, an empty field is left out. */
function merged(fields: Json, delivery: Delivery, locale: string): Json {
  const { [STATUS]: _status, ...patch } = asObject(articles.encode(delivery.patch))
  const all: Record<string, unknown> = { ...fields }
  for (const [name, value] of Object.entries(patch)) {
    const { [locale]: _old, ...others } = asObject(all[name])
    if (value !== null && value !== undefined) all[name] = { ...asObject(all[name]), [locale]: value }
    else if (Object.keys(others).length > 0) all[name] = others
    else delete all[name]
  }
  return all
}

function impossible(delivery: Delivery, why: string): WriteResult {
  const exchange = { method: 'PUT', path: '/', request: JSON.stringify(delivery.patch), status: null, answer: '' }
  return { next: 'reject', why, exchange }
}

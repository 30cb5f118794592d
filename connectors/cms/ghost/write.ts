import type { Delivery, RawRecord, WriteResult } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import type { Answer } from '../shared/http.ts'
import { asArray, asObject, asText } from '../shared/json.ts'
import { conflict, done, failed, oneByOne, tombstone } from '../shared/results.ts'
import { type GhostClient, voice } from './client.ts'
import { read } from './read.ts'
import { recordOf } from './record.ts'
import { articles, unwritable } from './stream.ts'
import { campaignOf, markFor, withCampaign } from './tags.ts'

/** One call for each delivery; an update that needs it looks first. Never throws and never repeats a write. */
export function write(client: GhostClient, deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]> {
  return oneByOne(deliveries, (delivery) => {
    const name = unwritable(delivery.patch)
    if (name !== null) return Promise.resolve(impossible(delivery, name))
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

/** A draft unless the patch says otherwise, with the tag that finds it again. */
async function create(client: GhostClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const { campaign, ...fields } = asObject(articles.encode(delivery.patch))
  const post = { ...fields, tags: [...withCampaign([], asText(campaign)), markFor(delivery.recordId)] }
  return outcome(client, await client.fetch('POST', 'posts/?include=tags', { posts: [post] }, signal), delivery, signal)
}

/**
 * Every update names the time of change that it is based on; Ghost refuses it if the post has another by now. Where we do
 * not know one, or the tags change, which Ghost replaces as a whole, the post is read first.
 */
async function update(client: GhostClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const id = delivery.externalId ?? ''
  const { campaign, ...fields } = asObject(articles.encode(delivery.patch))
  let updated_at = delivery.basedOn
  let tags: readonly unknown[] | undefined
  if (updated_at === null || campaign !== undefined) {
    const answer = await client.fetch('GET', `posts/${encodeURIComponent(id)}/?include=tags`, undefined, signal)
    const verdict = classify(voice, answer, client.now())
    if (verdict.kind === 'refused' && verdict.status === 404) return conflict(tombstone(id), verdict.why, answer.exchange)
    if (verdict.kind !== 'ok') return failed(verdict, answer.exchange, false)
    const current = recordOf(postOf(answer))
    if (current?.id !== id) return { next: 'retry', why: 'Ghost answered, but not about this post', exchange: answer.exchange }
    if (updated_at !== null && Date.parse(updated_at) !== current.modifiedAt)
      return conflict(current, 'the post has changed since', answer.exchange)
    updated_at = current.modifiedText
    const held = asObject(current.body).tags
    if (campaign !== undefined && campaignOf(held) !== campaign) tags = withCampaign(held, asText(campaign))
  }
  const post = { ...fields, ...(tags === undefined ? {} : { tags }), updated_at }
  const answer = await client.fetch('PUT', `posts/${encodeURIComponent(id)}/?include=tags`, { posts: [post] }, signal)
  return outcome(client, answer, delivery, signal)
}

async function remove(client: GhostClient, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const id = delivery.externalId ?? ''
  const answer = await client.fetch('DELETE', `posts/${encodeURIComponent(id)}/`, undefined, signal)
  const verdict = classify(voice, answer, client.now())
  const isGone = verdict.kind === 'refused' && verdict.status === 404
  return verdict.kind === 'ok' || isGone ? done(id, null, false, answer.exchange) : failed(verdict, answer.exchange)
}

async function outcome(client: GhostClient, answer: Answer, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const { exchange } = answer
  const { externalId } = delivery
  const verdict = classify(voice, answer, client.now())
  if (verdict.kind === 'refused' && externalId !== null) {
    if (verdict.status === 404) return conflict(tombstone(externalId), verdict.why, exchange)
    if (verdict.status === 409) return conflict(await currentOf(client, externalId, signal), verdict.why, exchange)
  }
  if (verdict.kind !== 'ok') return failed(verdict, exchange)
  const raw = recordOf(postOf(answer))
  if (raw === null || (externalId !== null && raw.id !== externalId)) {
    return { next: 'unknown', why: 'Ghost answered, but not about this post', exchange }
  }
  return done(raw.id, raw, delivery.operation === 'create', exchange)
}

/** What somebody else made of it; unknown where it cannot be read now. */
async function currentOf(client: GhostClient, id: string, signal: AbortSignal): Promise<RawRecord | null> {
  const found = await read(client, [id], signal).catch(() => null)
  return found?.get(id) ?? null
}

function postOf(answer: Answer): unknown {
  return asArray(asObject(answer.body).posts)[0]
}

function impossible(delivery: Delivery, name: string): WriteResult {
  const exchange = { method: 'PUT', path: '/', request: JSON.stringify(delivery.patch), status: null, answer: '' }
  return { next: 'reject', why: `Ghost makes ${name} itself: map it inwards only`, exchange }
}

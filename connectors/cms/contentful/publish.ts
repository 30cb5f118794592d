import type { Delivery, RawRecord, WriteResult } from '@throughline/sdk'
import { classify, type Verdict } from '../shared/classify.ts'
import type { Answer } from '../shared/http.ts'
import { asObject, type Json } from '../shared/json.ts'
import { conflict, done, failed } from '../shared/results.ts'
import { based, currentOf, pathOf } from './at.ts'
import { type ContentfulClient, voice } from './client.ts'
import type { Entry } from './record.ts'
import { hasPendingChanges, statusOf } from './status.ts'
import { STATUS } from './stream.ts'

export type Log = (message: string, details: Record<string, string>) => void

interface Written extends Pick<Delivery, 'patch'> {
  /** The entry's `sys` before our words were written to it; `null` if none were. */
  readonly before: Json | null
  /** Whether the entry was made by this delivery: then its id matters more than its status. */
  readonly created: boolean
}

/**
 * Publishing and unpublishing are calls of their own, under the version that the words were written with. Asked for by the
 * status in the patch; besides, words written to an entry that readers saw as it stood are published too, or nobody would
 * see them. Words of an editor that wait are never published along. Answers `null` where there is nothing to do.
 */
export async function publication(
  client: ContentfulClient,
  raw: RawRecord,
  { patch, before, created }: Written,
  signal: AbortSignal,
  log: Log,
): Promise<WriteResult | null> {
  const { entry } = raw.body as Entry
  const sys = asObject(entry.sys)
  const isPublished = statusOf(sys) === 'published'
  const wanted = patch[STATUS]
  const follows = wanted === undefined && before !== null && statusOf(before) === 'published' && !hasPendingChanges(before)
  const publishes = follows || (wanted === 'published' && (!isPublished || hasPendingChanges(sys)))
  const unpublishes = (wanted === 'unpublished' || wanted === 'draft') && isPublished
  if (!publishes && !unpublishes) return null

  const answer = await client.fetch(publishes ? 'PUT' : 'DELETE', `${pathOf(raw.id)}/published`, based(entry), signal)
  const verdict = classify(voice, answer, client.now())
  const now = verdict.kind === 'ok' ? client.recordOf(answer.body) : null
  if (now?.id === raw.id) return done(raw.id, now, created, answer.exchange)
  if (follows || created) {
    // The words are where editors see them; that readers do not is for a person to mend.
    log('Written, but not published', { entry: raw.id, why: verdict.kind === 'ok' ? 'another entry was answered' : verdict.why })
    return done(raw.id, raw, created, answer.exchange)
  }
  return refused(client, raw, verdict, answer, before !== null, signal)
}

/** The words may have been written before: then only a look can tell what is left to do. */
async function refused(
  client: ContentfulClient,
  raw: RawRecord,
  verdict: Verdict,
  answer: Answer,
  wrote: boolean,
  signal: AbortSignal,
): Promise<WriteResult> {
  const { exchange } = answer
  if (verdict.kind === 'ok') return { next: 'unknown', why: 'Contentful answered, but not about this entry', exchange }
  const why = wrote ? `the words are written, but not the status: ${verdict.why}` : verdict.why
  if (verdict.kind === 'refused' && verdict.status === 409) return conflict(await currentOf(client, raw.id, signal), why, exchange)
  const result = failed({ ...verdict, why }, exchange)
  return wrote && result.next === 'retry' ? { next: 'unknown', why, exchange } : result
}

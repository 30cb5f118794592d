import type { Delivery, Exchange, WriteResult } from '@throughline/sdk'
import { classify, type Verdict } from './classify.ts'
import type { IssueChange } from './client.ts'
import type { Context } from './context.ts'
import { labelDelta, labelsOf, lacking } from './labels.ts'
import { mark, unmark } from './marker.ts'
import { asObject } from './problem.ts'
import { encode, recordOf, tombstone } from './record.ts'
import type { Answer } from './transport.ts'

/** One delivery after the other, the first call of each being the write as far as possible. */
export async function write(context: Context, deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]> {
  const results: WriteResult[] = []
  for (const delivery of deliveries) results.push(await writeOne(context, delivery, signal))
  return results
}

async function writeOne(context: Context, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const number = Number(delivery.externalId)
  if (delivery.operation === 'create') return create(context, delivery, signal)
  if (delivery.operation === 'delete') return { next: 'reject', why: 'GitHub issues cannot be deleted', exchange: NOTHING }
  if (!Number.isSafeInteger(number) || number < 1) {
    return { next: 'conflict', current: null, why: `${delivery.externalId} is no number of an issue`, exchange: NOTHING }
  }
  return update(context, delivery, number, signal)
}

/**
 * The marker goes into the text, so that a create whose outcome is unknown can be looked up. An issue is always born open; one
 * that is to be closed takes a second call. Should that one fail, the issue stays open: it exists, and its number must not
 * be lost for that.
 */
async function create(context: Context, delivery: Delivery, signal: AbortSignal): Promise<WriteResult> {
  const { title = '', body = '', state, labels: wishes } = encode(delivery.patch)
  const labels = labelDelta(wishes, []).add
  const answer = await context.client.create({ title, body: mark(body, delivery.recordId), labels }, signal)
  const verdict = classify(answer, context.now())
  if (verdict.kind !== 'ok') return outcome(verdict, answer, 'create')
  const made = recordOf(answer.body)
  const { body: held } = asObject(answer.body)
  if (!made || typeof held !== 'string' || unmark(held).recordId !== delivery.recordId) {
    return { next: 'unknown', why: 'GitHub answered, but not with the issue that was sent', exchange: answer.exchange }
  }
  noticeDropped(context, made.id, labels, labelsOf(answer.body) ?? [])
  const done = { next: 'done', receipt: { externalId: made.id, raw: made, created: true }, exchange: answer.exchange } as const
  if (state === undefined || state === 'open') return done
  const closing = await context.client.update(Number(made.id), { state }, signal)
  const closed = classify(closing, context.now()).kind === 'ok' ? recordOf(closing.body) : null
  if (closed?.id === made.id) return { ...done, receipt: { ...done.receipt, raw: closed } }
  context.log('A new issue could not be closed and stays open', { issue: made.id })
  return done
}

/**
 * Labels change one by one, never as a set, so that what a person labels meanwhile stays. What they are now has to be
 * read first; a patch without status and priority is one call. Once a part has taken effect, a failure is `unknown`: the hub
 * looks and sends the rest.
 */
async function update(context: Context, delivery: Delivery, number: number, signal: AbortSignal): Promise<WriteResult> {
  const { labels: wishes, body, ...rest } = encode(delivery.patch)
  const change: IssueChange = { ...rest, ...(body === undefined ? {} : { body: mark(body, delivery.recordId) }) }
  const { client } = context
  let delta: ReturnType<typeof labelDelta> = { add: [], remove: [] }
  if (wishes.length > 0) {
    const now = await client.issue(number, signal)
    const verdict = classify(now, context.now())
    if (verdict.kind !== 'ok') return unread(verdict, now)
    delta = labelDelta(wishes, labelsOf(now.body) ?? [])
  }
  let hasEffect = false
  const failed = (verdict: Bad, answer: Answer): WriteResult =>
    hasEffect
      ? { next: 'unknown', why: `only a part was written: ${verdict.why}`, exchange: answer.exchange }
      : outcome(verdict, answer, 'update')

  let last: Answer | undefined
  if (delta.add.length > 0) {
    last = await client.addLabels(number, delta.add, signal)
    const verdict = classify(last, context.now())
    if (isBad(verdict)) return failed(verdict, last)
    noticeDropped(context, String(number), delta.add, labelsOf({ labels: last.body }) ?? [])
    hasEffect = true
  }
  for (const label of delta.remove) {
    last = await client.removeLabel(number, label, signal)
    const verdict = classify(last, context.now())
    // Somebody took it off meanwhile; if the issue itself has gone, the next call says so.
    if (isBad(verdict) && verdict.kind !== 'missing') return failed(verdict, last)
    hasEffect = true
  }
  if (Object.keys(change).length > 0) {
    last = await client.update(number, change, signal)
    const verdict = classify(last, context.now())
    if (isBad(verdict)) return failed(verdict, last)
    const raw = recordOf(last.body)
    if (raw?.id === String(number)) return { next: 'done', receipt: { externalId: raw.id, raw, created: false }, exchange: last.exchange }
    return { next: 'unknown', why: 'GitHub answered, but not with this issue', exchange: last.exchange }
  }
  const shown = await client.issue(number, signal)
  const raw = classify(shown, context.now()).kind === 'ok' ? recordOf(shown.body) : null
  return { next: 'done', receipt: { externalId: String(number), raw, created: false }, exchange: (last ?? shown).exchange }
}

type Bad = Extract<Verdict, { readonly why: string }>

function isBad(verdict: Verdict): verdict is Bad {
  return verdict.kind !== 'ok' && verdict.kind !== 'unchanged'
}

/** Without push access GitHub leaves labels out and answers as if nothing were wrong. */
function noticeDropped(context: Context, issue: string, wanted: readonly string[], labels: readonly string[]): void {
  const dropped = lacking(wanted, labels)
  if (dropped.length > 0) context.log('GitHub dropped labels: the token lacks push access', { issue, labels: dropped.join(', ') })
}

/** The reading before a write failed: nothing has been written. */
function unread(verdict: Verdict, answer: Answer): WriteResult {
  if (verdict.kind === 'uncertain' || verdict.kind === 'garbage' || verdict.kind === 'unchanged') {
    return { next: 'retry', why: 'the issue could not be read before the write', exchange: answer.exchange }
  }
  return outcome(verdict, answer, 'update')
}

function outcome(verdict: Verdict, answer: Answer, operation: 'create' | 'update'): WriteResult {
  const { exchange } = answer
  switch (verdict.kind) {
    case 'limited':
      return { next: 'retry', limited: true, at: verdict.at, why: verdict.why, exchange }
    case 'later':
    case 'credentials':
      return { next: 'retry', why: verdict.why, exchange }
    case 'moved':
    case 'missing':
    case 'gone': {
      if (operation === 'create') return { next: 'retry', why: `the repository takes no issues from this token: ${verdict.why}`, exchange }
      // A 404 may also be a lack of access: the hub's next reading tells.
      const current = verdict.kind === 'missing' ? null : tombstone(/\/issues\/(\d+)/.exec(exchange.path)?.[1] ?? '')
      return { next: 'conflict', current, why: verdict.why, exchange }
    }
    case 'uncertain':
    case 'garbage':
      return { next: 'unknown', why: verdict.why, exchange }
    case 'ok':
    case 'unchanged':
      return { next: 'unknown', why: 'GitHub answered 304 to a write', exchange }
    case 'refused':
      return { next: 'reject', why: verdict.why, exchange }
  }
}

const NOTHING: Exchange = { method: '', path: '', request: '', status: null, answer: '' }

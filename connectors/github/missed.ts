import type { Context } from './context.ts'
import { classify } from './classify.ts'
import { asArray, asObject } from './problem.ts'

const EVERY_MS = 300_000
/** GitHub redelivers nothing by itself and forgets deliveries after three days. */
const HORIZON_MS = 3 * 24 * 3_600_000
/** The first try and this many more; whatever fails so often waits for the reconciler. */
const ATTEMPTS = 4
const AT_ONCE = 20

interface Attempt {
  readonly id: number
  readonly at: number
  readonly isGood: boolean
}

/**
 * Asks GitHub to send failed deliveries again: deletes and transfers are told by webhook only. A poll calls it; it looks at
 * the newest hundred deliveries at most every five minutes. What fails is logged and left to the next time.
 */
export function createMissed(context: Context, hook: number): (signal: AbortSignal) => Promise<void> {
  let next = 0
  return async (signal) => {
    const now = context.now()
    if (now < next) return
    next = now + EVERY_MS
    const answer = await context.client.deliveries(hook, signal)
    const verdict = classify(answer, now)
    if (verdict.kind !== 'ok')
      return context.log('Webhook deliveries could not be listed', { why: 'why' in verdict ? verdict.why : verdict.kind })
    const due = failedOf(asArray(answer.body), now - HORIZON_MS).slice(0, AT_ONCE)
    for (const delivery of due) {
      const kind = classify(await context.client.redeliver(hook, delivery, signal), context.now()).kind
      if (kind !== 'ok') return context.log('A webhook delivery could not be asked for again', { delivery, kind })
    }
    if (due.length > 0) context.log('Webhook deliveries asked for again', { count: due.length })
  }
}

/** The latest attempt of each issue event that never got through; every attempt is an entry of its own under one GUID. */
function failedOf(entries: readonly unknown[], since: number): number[] {
  const byGuid = new Map<string, Attempt[]>()
  for (const { id, guid, event, status, delivered_at: at } of entries.map(asObject)) {
    if (typeof id !== 'number' || typeof guid !== 'string' || event !== 'issues') continue
    const attempt = { id, at: Date.parse(String(at)), isGood: status === 'OK' }
    byGuid.set(guid, [...(byGuid.get(guid) ?? []), attempt])
  }
  return [...byGuid.values()]
    .filter((attempts) => attempts.length <= ATTEMPTS && !attempts.some(({ isGood }) => isGood) && attempts.every(({ at }) => at >= since))
    .map((attempts) => attempts.reduce((a, b) => (a.at >= b.at ? a : b)).id)
}

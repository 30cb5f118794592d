import type { Exchange, RawRecord, Receipt, WriteResult } from '@throughline/sdk'
import type { Claimed } from './claim.ts'
import { RETRY, retryAt } from './retry.ts'
import type { LinkState } from './state.ts'

/** What becomes of one claimed delivery. */
export type Settlement =
  | { readonly to: 'done'; readonly receipt: Receipt }
  | {
      readonly to: 'waiting'
      readonly at: number
      readonly alone: boolean
      readonly freeAttempt: boolean
      readonly why: string
      readonly exchange: string
    }
  | { readonly to: 'unknown'; readonly at: number; readonly why: string; readonly exchange: string }
  | { readonly to: 'superseded'; readonly found: readonly RawRecord[]; readonly at: number; readonly why: string }
  | { readonly to: 'dead'; readonly why: string; readonly exchange: string }

/** For outcomes of which nothing went over the wire. */
export const NO_EXCHANGE: Exchange = { method: '', path: '', request: '', status: null, answer: '' }

/** Pure: the vendor's answer, the attempt count and the time decide. `isProbe`: a breaker's probe uses up no attempt. */
export function settle(
  claimed: Claimed,
  result: WriteResult,
  now: number,
  random: number,
  visibilityMs: number,
  isProbe: boolean,
): Settlement {
  switch (result.next) {
    case 'done':
      return { to: 'done', receipt: result.receipt }
    case 'retry': {
      const isFree = result.limited === true || isProbe
      const exchange = JSON.stringify(result.exchange)
      if (!isFree && claimed.attempt >= RETRY.attempts)
        return { to: 'dead', why: `gave up after ${claimed.attempt} attempts: ${result.why}`, exchange }
      const at = retryAt(now, claimed.attempt, random, result.at)
      return { to: 'waiting', at, alone: result.alone === true, freeAttempt: isFree, why: result.why, exchange }
    }
    case 'unknown':
      return { to: 'unknown', at: now + visibilityMs, why: result.why, exchange: JSON.stringify(result.exchange) }
    case 'reject':
      return { to: 'dead', why: result.why, exchange: JSON.stringify(result.exchange) }
    case 'conflict': {
      if (claimed.attempt >= RETRY.attempts)
        return {
          to: 'dead',
          why: `still in conflict after ${claimed.attempt} attempts: ${result.why}`,
          exchange: JSON.stringify(result.exchange),
        }
      return {
        to: 'superseded',
        found: result.current ? [result.current] : [],
        at: retryAt(now, claimed.attempt, random, undefined),
        why: result.why,
      }
    }
  }
}

/** The link after a receipt: what was sent and how the vendor renders it is now what both sides agree on. */
export function agree(link: LinkState, claimed: Claimed, receipt: Receipt, remote: Readonly<Record<string, unknown>> | null): LinkState {
  const agreed = { ...link.agreed }
  for (const [field, sent] of Object.entries(claimed.payload)) {
    const shown = remote?.[sent.remote]
    agreed[field] = { value: sent.value, raw: shown === undefined ? sent.raw : shown }
  }
  const modifiedAt = receipt.raw?.modifiedAt ?? null
  return {
    ...link,
    externalId: receipt.externalId,
    version: link.version + 1,
    agreed,
    intents: {},
    remoteAt: modifiedAt === null ? link.remoteAt : Math.max(modifiedAt, link.remoteAt ?? modifiedAt),
    receiptAt: modifiedAt,
    rawHash: null,
  }
}

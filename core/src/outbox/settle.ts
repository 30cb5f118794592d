import { isDeepStrictEqual } from 'node:util'
import type { Exchange, RawRecord, Receipt, WriteResult } from '@throughline/sdk'
import type { Claimed } from './claim.ts'
import { equal } from '../sync/merge.ts'
import { RETRY, retryAt } from '../gate/retry.ts'
import type { Route } from '../routes.ts'
import type { LinkState } from '../sync/state.ts'

/** What becomes of one claimed delivery. */
export type Settlement =
  /** `found`: what a look showed of an earlier attempt; `null` for the vendor's own answer to this one. */
  | { readonly to: 'done'; readonly receipt: Receipt; readonly found: RawRecord | null }
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
      return { to: 'done', receipt: result.receipt, found: null }
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

/**
 * Whether a snapshot has agreed on another value of a field since ours was claimed. Which of the two came first over there is
 * not known then: only a read after the receipt tells.
 */
export function hasMoved(link: LinkState, claimed: Claimed): boolean {
  return Object.entries(claimed.payload).some(([field, sent]) => {
    const agreed = link.agreed[field]
    return !isDeepStrictEqual(agreed, claimed.link.agreed[field]) && !isDeepStrictEqual(agreed?.value, sent.value)
  })
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

/**
 * The link after a look that found an earlier attempt done. What is shown as it was sent is agreed on. What is not, a person has
 * changed since: a base that a snapshot has set stays, else it is what was sent. The object counts as read only when a
 * snapshot of it is merged, so its time is not taken over.
 */
export function adopt(link: LinkState, claimed: Claimed, found: RawRecord, route: Pick<Route, 'mapping' | 'stream'>): LinkState {
  const agreed = withShown(link, claimed, found, route)
  for (const [field, sent] of Object.entries(claimed.payload)) agreed[field] ??= { value: sent.value, raw: sent.raw }
  return { ...link, externalId: found.id, version: link.version + 1, agreed, intents: {}, receiptAt: null, rawHash: null }
}

/**
 * The link after a write that was given up because somebody changed the object meanwhile. An earlier attempt may have
 * landed: fields that show what was sent are agreed on, or our own value would come back as theirs. What is over there must be
 * merged even if it looks like what was applied last: something in it stood in the write's way.
 */
export function yieldTo(
  link: LinkState,
  claimed: Claimed,
  found: readonly RawRecord[],
  route: Pick<Route, 'mapping' | 'stream'>,
): LinkState {
  const shown = found.find((raw) => raw.state === 'live' && raw.id === link.externalId)
  const agreed = shown ? withShown(link, claimed, shown, route) : link.agreed
  return { ...link, version: link.version + 1, agreed, intents: {}, rawHash: null }
}

/** The link's agreements, with every field that shows what was sent; one on which a snapshot has agreed since the claim is left alone. */
function withShown(
  link: LinkState,
  claimed: Claimed,
  shown: RawRecord,
  route: Pick<Route, 'mapping' | 'stream'>,
): Record<string, LinkState['agreed'][string]> {
  const agreed = { ...link.agreed }
  const remote = route.stream.decode(shown)
  const { values } = route.mapping.toCanonical(remote)
  for (const field of route.mapping.fields) {
    const name = field.field
    const sent = claimed.payload[name]
    const value = values[name]
    if (sent === undefined || value === undefined || !equal(field, value, sent.value)) continue
    if (isDeepStrictEqual(link.agreed[name], claimed.link.agreed[name])) agreed[name] = { value: sent.value, raw: remote[field.remote] }
  }
  return agreed
}

import type { FieldMapping } from '@throughline/contracts'
import type { RawRecord } from '@throughline/sdk'
import type { Claimed } from './claim.ts'
import { equal, isUnmoved } from '../sync/merge.ts'
import type { Route } from '../routes.ts'

/** What a look at the vendor's present state says of a write that is about to go out. */
export type Verdict =
  | { readonly next: 'send' }
  /** It is there already: an earlier attempt landed, or somebody typed the same. */
  | { readonly next: 'done'; readonly found: RawRecord }
  /** Somebody changed over there what we are about to overwrite: merge first. */
  | { readonly next: 'merge'; readonly found: readonly RawRecord[] }

/** Pure. `found` is what a read by id gave for an update; for a create, what look-ups by our key and by identity gave. */
export function examine(
  claimed: Claimed,
  found: { readonly byKey: readonly RawRecord[]; readonly others: readonly RawRecord[] },
  route: Route,
): Verdict {
  if (claimed.operation === 'create') {
    const live = found.byKey.filter((raw) => raw.state === 'live')
    const linked = claimed.link.externalId
    const ours = linked === null ? live[0] : live.find((raw) => raw.id === linked)
    if (ours) return { next: 'done', found: ours }
    // Linked since the claim to an object that was there already: there is nothing to create any more.
    if (linked !== null) return { next: 'merge', found: live }
    const theirs = found.others.filter((raw) => raw.state === 'live')
    return theirs.length > 0 ? { next: 'merge', found: theirs } : { next: 'send' }
  }
  const current = found.byKey[0]
  if (!current) return { next: 'send' }
  if (current.state === 'deleted') return { next: 'merge', found: [current] }
  const remote = route.stream.decode(current)
  const { values } = route.mapping.toCanonical(remote)
  let isThere = true
  for (const field of route.mapping.fields) {
    const sent = claimed.payload[field.field]
    if (sent === undefined || field.direction === 'out') {
      if (sent !== undefined) isThere = false
      continue
    }
    const shown = values[field.field]
    if (shown !== undefined && equal(field, shown, sent.value)) continue
    isThere = false
    if (isOvertaken(claimed, field)) return { next: 'merge', found: [current] }
    const agreed = claimed.link.agreed[field.field]
    if (shown === undefined) continue
    // What was empty when the object was made is not in the agreement; whatever stands there now, a person put there.
    if (agreed === undefined ? shown === null : isUnmoved(field, agreed, shown, remote[field.remote])) continue
    return { next: 'merge', found: [current] }
  }
  return isThere ? { next: 'done', found: current } : { next: 'send' }
}

/** Whether the record has moved on since the payload was frozen: sent again, it would go over what is newer. */
export function isOvertaken({ payload, record }: Pick<Claimed, 'payload' | 'record'>, field: FieldMapping): boolean {
  const sent = payload[field.field]
  return sent !== undefined && !equal(field, record.fields[field.field]?.value ?? null, sent.value)
}

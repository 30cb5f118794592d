import type { FieldMapping, Json, Mapping } from '@throughline/contracts'
import { same } from './same.ts'
import type { Agreement, Change, LinkState, Provenance, RecordFields } from './state.ts'

/** What a snapshot says of one object, decoded. `remote` holds the vendor's own values of the mapped properties. */
export interface Incoming {
  readonly values: Readonly<Record<string, Json>>
  readonly remote: Readonly<Record<string, unknown>>
  readonly system: string
  readonly actor: string | null
  readonly event: number
  readonly at: number
  /** Modification time over there; the hub's own time where the vendor has none. */
  readonly changedAt: number
}

/** A clash that a person must decide. */
export interface Clash {
  readonly field: string
  readonly kept: Provenance
  readonly offered: Provenance
}

export interface Merged {
  readonly fields: RecordFields
  readonly agreed: LinkState['agreed']
  readonly changes: readonly Change[]
  readonly clashes: readonly Clash[]
}

/**
 * Three-way, field by field: the base is what this link last agreed on. A field that did not move over there is left
 * alone; one that moved on one side only is taken over; one that moved on both is decided by its authority, and the
 * loser goes into the changes. Pure, and idempotent: merging the same snapshot again changes nothing.
 */
export function merge(
  fields: RecordFields,
  link: Pick<LinkState, 'agreed' | 'intents'>,
  mapping: Mapping,
  incoming: Incoming,
  systems: readonly string[],
): Merged {
  let nextFields = fields
  let nextAgreed = link.agreed
  const changes: Change[] = []
  const clashes: Clash[] = []

  for (const field of mapping.fields) {
    if (field.direction === 'out') continue
    const name = field.field
    const offered = incoming.values[name]
    if (offered === undefined) continue
    const raw = incoming.remote[field.remote]
    const intent = link.intents[name]
    if (intent !== undefined && equal(field, offered, intent)) {
      // Our own value, or a person's equal one: agreed either way, also if the write's own answer never comes.
      nextAgreed = { ...nextAgreed, [name]: { value: intent, raw } }
      continue
    }
    const agreed = link.agreed[name]
    if (agreed !== undefined && isUnmoved(field, agreed, offered, raw)) continue

    const current = fields[name]
    const mine = current?.value ?? null
    if (equal(field, offered, mine)) {
      nextAgreed = { ...nextAgreed, [name]: { value: mine, raw } }
      continue
    }
    if (agreed === undefined && offered === null) {
      nextAgreed = { ...nextAgreed, [name]: { value: null, raw } }
      continue
    }
    const theirs: Provenance = {
      value: offered,
      system: incoming.system,
      actor: incoming.actor,
      event: incoming.event,
      at: incoming.at,
      changedAt: incoming.changedAt,
    }
    const unmovedHere = agreed === undefined ? mine === null : equal(field, mine, agreed.value)
    const verdict = current === undefined || unmovedHere ? 'theirs' : decide(field, current, theirs, systems)
    switch (verdict) {
      case 'theirs':
        nextFields = { ...nextFields, [name]: theirs }
        nextAgreed = { ...nextAgreed, [name]: { value: offered, raw } }
        changes.push({ field: name, from: mine, to: offered, system: theirs.system, actor: theirs.actor })
        if (current !== undefined && !unmovedHere) changes.push(lost(name, current, offered))
        break
      case 'ours':
        nextAgreed = { ...nextAgreed, [name]: { value: offered, raw } }
        changes.push(lost(name, theirs, mine))
        break
      case 'ask':
        // Both keep what they have until a person decides: agreeing on the difference stops every write of it.
        nextAgreed = { ...nextAgreed, [name]: { value: mine, raw } }
        changes.push(lost(name, theirs, mine))
        clashes.push({ field: name, kept: current!, offered: theirs })
        break
    }
  }
  return { fields: nextFields, agreed: nextAgreed, changes, clashes }
}

/** Equality in the codec's normal form. */
export function equal(field: FieldMapping, a: Json, b: Json): boolean {
  return a === b || same(field.codec.normal(a), field.codec.normal(b))
}

/** Whether the vendor still shows what was agreed. The raw value is decoded anew, so that a better codec needs no migration. */
export function isUnmoved(field: FieldMapping, agreed: Agreement, offered: Json, raw: unknown): boolean {
  return raw === agreed.raw || equal(field, offered, agreed.raw === undefined ? agreed.value : field.codec.decode(agreed.raw))
}

function decide(field: FieldMapping, ours: Provenance, theirs: Provenance, systems: readonly string[]): 'ours' | 'theirs' | 'ask' {
  if (field.authority === 'ask') return 'ask'
  if (field.authority === theirs.system && field.authority !== ours.system) return 'theirs'
  if (field.authority === ours.system && field.authority !== theirs.system) return 'ours'
  if (theirs.changedAt !== ours.changedAt) return theirs.changedAt > ours.changedAt ? 'theirs' : 'ours'
  return systems.indexOf(theirs.system) <= systems.indexOf(ours.system) ? 'theirs' : 'ours'
}

function lost(field: string, loser: Provenance, winner: Json): Change {
  return { field, from: loser.value, to: winner, system: loser.system, actor: loser.actor, lost: true }
}

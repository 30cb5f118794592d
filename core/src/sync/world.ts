import type { Json } from '@throughline/contracts'
import type { Row } from '../db/port.ts'
import type { Store } from '../db/store.ts'
import { LINK_COLUMNS, RECORD_COLUMNS, toLink, toRecord, type LinkRow, type RecordRow } from './rows.ts'
import type { Change, LinkState, RecordState } from './state.ts'

/** A thing to be written, and what the database held when it was read: `null` for a new row. */
interface Held<T> {
  before: T | null
  now: T
}

export interface Trouble {
  readonly class: 'conflict' | 'data invalid'
  readonly fingerprint: string
  readonly connection: string
  readonly recordId: string | null
  readonly event: number
  readonly detail: { readonly [k: string]: Json }
}

export interface Effect {
  readonly event: number
  readonly kind: 'applied' | 'ignored' | 'parked'
  readonly reason: string
  readonly recordId: string | null
}

/**
 * The rows that one batch of events is about, read at once; decisions are made on it in memory, in log order, and
 * `applied.ts` turns what changed into statements. Nothing here reads or writes the database but `loadWorld`.
 */
export interface World {
  readonly records: Map<string, Held<RecordState>>
  readonly links: Map<string, Held<LinkState>>
  readonly linkByExternal: Map<string, string>
  /** record id → link ids */
  readonly linksOf: Map<string, string[]>
  readonly identities: Map<
    string,
    { readonly parts: readonly [entity: string, kind: string, value: string]; readonly recordId: string; readonly isNew: boolean }
  >
  /** Identities that a record no longer shows: entity, kind, value, record id. */
  readonly released: (readonly [entity: string, kind: string, value: string, recordId: string])[]
  readonly history: { readonly recordId: string; readonly version: number; readonly event: number; readonly changes: readonly Change[] }[]
  /** Links to be told: link id → the record version that wants it and the event behind it. */
  readonly wanted: Map<string, { readonly version: number; readonly event: number }>
  /** Objects to be read again: external key → event. */
  readonly fetches: Map<
    string,
    { readonly connection: string; readonly stream: string; readonly externalId: string; readonly event: number }
  >
  readonly effects: Effect[]
  readonly parked: {
    readonly event: number
    readonly connection: string
    readonly stream: string
    readonly externalId: string
    readonly reason: string
  }[]
  /** Objects whose parked events a newer state has overtaken. */
  readonly overtaken: Map<string, readonly [connection: string, stream: string, externalId: string]>
  readonly troubles: Trouble[]
}

export function externalKey(connection: string, stream: string, externalId: string): string {
  return `${connection}\n${stream}\n${externalId}`
}

export function identityKey(entity: string, kind: string, value: string): string {
  return `${entity}\n${kind}\n${value}`
}

export function emptyWorld(): World {
  return {
    records: new Map(),
    links: new Map(),
    linkByExternal: new Map(),
    linksOf: new Map(),
    identities: new Map(),
    released: [],
    history: [],
    wanted: new Map(),
    fetches: new Map(),
    effects: [],
    parked: [],
    overtaken: new Map(),
    troubles: [],
  }
}

const BY_EXTERNAL = `SELECT ${LINK_COLUMNS} FROM json_each(?) j CROSS JOIN links l ON l.connection = j.value ->> 0 AND l.stream = j.value ->> 1 AND l.external_id = j.value ->> 2`
const BY_IDENTITY = `SELECT i.entity, i.kind, i.value, i.record_id FROM json_each(?) j CROSS JOIN identities i ON i.entity = j.value ->> 0 AND i.kind = j.value ->> 1 AND i.value = j.value ->> 2`
const BY_RECORD = `SELECT ${LINK_COLUMNS} FROM json_each(?) j CROSS JOIN links l ON l.record_id = j.value`
const RECORDS = `SELECT ${RECORD_COLUMNS} FROM json_each(?) j CROSS JOIN records r ON r.id = j.value`

interface IdentityRow extends Row {
  readonly entity: string
  readonly kind: string
  readonly value: string
  readonly record_id: string
}

/** What a batch may touch: external objects, identity values and record ids named by the objects themselves. */
export interface Wants {
  readonly externals: readonly (readonly [connection: string, stream: string, externalId: string])[]
  readonly identities: readonly (readonly [entity: string, kind: string, value: string])[]
  readonly recordIds: readonly string[]
}

export async function loadWorld(store: Store, wants: Wants): Promise<World> {
  const world = emptyWorld()
  const ids = new Set(wants.recordIds)
  const byExternal = await store.all<LinkRow>(BY_EXTERNAL, [JSON.stringify(wants.externals)])
  for (const row of byExternal) ids.add(row.record_id)
  if (wants.identities.length > 0) {
    for (const row of await store.all<IdentityRow>(BY_IDENTITY, [JSON.stringify(wants.identities)])) {
      const parts = [row.entity, row.kind, row.value] as const
      world.identities.set(identityKey(...parts), { parts, recordId: row.record_id, isNew: false })
      ids.add(row.record_id)
    }
  }
  if (ids.size === 0) return world
  const list = JSON.stringify([...ids])
  for (const row of await store.all<RecordRow>(RECORDS, [list])) {
    const record = toRecord(row)
    world.records.set(record.id, { before: record, now: record })
  }
  for (const row of await store.all<LinkRow>(BY_RECORD, [list])) addLink(world, toLink(row), false)
  return world
}

export function addLink(world: World, link: LinkState, isNew: boolean): void {
  world.links.set(link.id, { before: isNew ? null : link, now: link })
  if (link.externalId !== null) world.linkByExternal.set(externalKey(link.connection, link.stream, link.externalId), link.id)
  const of = world.linksOf.get(link.recordId)
  if (of) of.push(link.id)
  else world.linksOf.set(link.recordId, [link.id])
}

export function setLink(world: World, link: LinkState): void {
  const held = world.links.get(link.id)!
  held.now = link
  if (link.externalId !== null) world.linkByExternal.set(externalKey(link.connection, link.stream, link.externalId), link.id)
}

import { isBehind } from './draft.ts'
import { merge } from './merge.ts'
import type { Route, Routes } from '../routes.ts'
import type { LinkState, RecordState } from './state.ts'
import type { Understood } from './understand.ts'
import { addLink, externalKey, identityKey, setLink, type World } from './world.ts'

export interface AbsorbContext {
  readonly routes: Routes
  /** A new id. */
  next(): string
  readonly now: number
}

type State = Extract<Understood, { kind: 'state' }>

/**
 * Takes one event into the world: decode is done, what follows is merge and plan. Every event ends in exactly one
 * effect: applied, ignored with a reason, or parked.
 */
export function absorb(world: World, item: Understood, context: AbsorbContext): void {
  try {
    absorbOne(world, item, context)
  } catch (error) {
    // A bug in a codec must block its own object only.
    park(world, {
      kind: 'unreadable',
      event: item.event,
      why: `Merging failed: ${error instanceof Error ? error.name : 'unknown error'}.`,
      detail: null,
    })
  }
}

function absorbOne(world: World, item: Understood, context: AbsorbContext): void {
  switch (item.kind) {
    case 'thin':
      return markForReading(world, item.event, 'read the object')
    case 'unreadable':
      return park(world, item)
    case 'gone':
      return absorbGone(world, item)
    case 'state':
      return absorbState(world, item, context)
  }
}

function markForReading(world: World, event: Understood['event'], reason: string): void {
  const key = externalKey(event.source, event.stream, event.external_id)
  world.fetches.set(key, { connection: event.source, stream: event.stream, externalId: event.external_id, event: event.seq })
  world.effects.push({ event: event.seq, kind: 'applied', reason, recordId: null })
}

function park(world: World, { event, why, detail }: Extract<Understood, { kind: 'unreadable' }>): void {
  world.parked.push({ event: event.seq, connection: event.source, stream: event.stream, externalId: event.external_id, reason: why })
  world.effects.push({ event: event.seq, kind: 'parked', reason: why, recordId: null })
  world.troubles.push({
    class: 'data invalid',
    fingerprint: `unreadable:${event.source}:${event.stream}:${event.external_id}`,
    connection: event.source,
    recordId: null,
    event: event.seq,
    detail: { why, stream: event.stream, externalId: event.external_id, problems: detail },
  })
}

function absorbGone(world: World, { event, raw, hash }: Extract<Understood, { kind: 'gone' }>): void {
  const link = linkOf(world, event.source, event.stream, event.external_id)
  if (!link || link.state === 'gone') return ignore(world, event.seq, 'deleted over there, and not linked', link?.recordId ?? null)
  // Without a version of its own, a read that began before our last receipt may only have been too early.
  if (raw.modifiedAt === null ? isBeforeReceipt(event, link) !== 'no' : isOlder(raw.modifiedAt, link.remoteAt)) {
    return markForReading(world, event, 'read began before our last write: read again')
  }
  setLink(world, { ...link, state: 'gone', version: link.version + 1, rawHash: hash, remoteAt: raw.modifiedAt ?? link.remoteAt })
  if (raw.mergedInto !== undefined) {
    const key = externalKey(event.source, event.stream, raw.mergedInto)
    world.fetches.set(key, { connection: event.source, stream: event.stream, externalId: raw.mergedInto, event: event.seq })
  }
  world.effects.push({ event: event.seq, kind: 'applied', reason: 'deleted over there: unlinked', recordId: link.recordId })
}

function absorbState(world: World, item: State, context: AbsorbContext): void {
  const { event, raw, route, hash } = item
  let link = linkOf(world, event.source, event.stream, event.external_id)
  let isDoubtful = false
  if (link) {
    const isNewer = raw.modifiedAt !== null && link.receiptAt !== null && raw.modifiedAt > link.receiptAt
    if (link.rawHash === hash && link.state === 'open') return ignore(world, event.seq, 'unchanged', link.recordId)
    if (isOlder(raw.modifiedAt, link.remoteAt)) return ignore(world, event.seq, 'older than what is known', link.recordId)
    const before = isNewer ? 'no' : isBeforeReceipt(event, link)
    if (before === 'yes') return markForReading(world, event, 'read began before our last write: read again')
    isDoubtful = before === 'perhaps'
  } else {
    link = findLink(world, item, context)
  }
  const record = world.records.get(link.recordId)!.now
  const merged = merge(
    record.fields,
    link,
    route.mapping,
    {
      values: item.values,
      remote: item.remote,
      system: event.source,
      actor: raw.actor,
      event: event.seq,
      at: context.now,
      changedAt: raw.modifiedAt ?? event.received_at,
    },
    context.routes.systems,
  )
  // What shows nothing new may be older or newer, it is all the same; anything else must be known to be newer.
  if (isDoubtful && (merged.changes.length > 0 || merged.agreed !== link.agreed))
    return markForReading(world, event, 'read began before our last write, or just after: read again')
  setLink(world, {
    ...link,
    state: link.state === 'gone' ? 'open' : link.state,
    version: link.version + 1,
    agreed: merged.agreed,
    remoteAt: raw.modifiedAt ?? link.remoteAt,
    rawHash: hash,
    mapping: `${route.mapping.name}@${route.mapping.version}`,
  })
  for (const clash of merged.clashes) {
    world.troubles.push({
      class: 'conflict',
      fingerprint: `conflict:${record.id}:${clash.field}`,
      connection: event.source,
      recordId: record.id,
      event: event.seq,
      detail: { field: clash.field, kept: { ...clash.kept }, offered: { ...clash.offered } },
    })
  }
  if (item.problems.length > 0) {
    world.troubles.push({
      class: 'data invalid',
      fingerprint: `fields:${event.source}:${event.stream}:${event.external_id}`,
      connection: event.source,
      recordId: record.id,
      event: event.seq,
      detail: {
        why: 'Fields that could not be read were left alone.',
        stream: event.stream,
        externalId: event.external_id,
        problems: item.problems,
      },
    })
  }
  world.overtaken.set(externalKey(event.source, event.stream, event.external_id), [event.source, event.stream, event.external_id])
  const next = merged.changes.length > 0 ? changeRecord(world, record, merged, event.seq) : record
  holdIdentities(world, record, next, route)
  plan(world, next, event.seq, context)
  const reason =
    merged.changes.length > 0
      ? merged.changes.map((change) => (change.lost ? `${change.field} kept` : change.field)).join(', ')
      : 'nothing new'
  world.effects.push({ event: event.seq, kind: merged.changes.length > 0 ? 'applied' : 'ignored', reason, recordId: next.id })
}

function changeRecord(world: World, record: RecordState, merged: ReturnType<typeof merge>, event: number): RecordState {
  const next = { ...record, version: record.version + 1, fields: merged.fields }
  world.records.get(record.id)!.now = next
  world.history.push({ recordId: record.id, version: next.version, event, changes: merged.changes })
  return next
}

/** The link of an object seen for the first time: by the record id it carries, else by identity, else with a new record. */
function findLink(world: World, item: State, context: AbsorbContext): LinkState {
  const { event, route } = item
  const carried = item.recordId !== null && world.records.has(item.recordId) ? item.recordId : null
  const known = item.identities
    .filter((identity) => identity.matches)
    .map(({ kind, value }) => world.identities.get(identityKey(route.mapping.entity, kind, value))?.recordId)
  const recordId = carried ?? known.find((id) => id !== undefined && world.records.has(id))
  if (recordId !== undefined) {
    const mine = linksTo(world, recordId).find((link) => link.connection === event.source && link.stream === event.stream)
    if (!mine) return newLink(world, recordId, item, 'open', context)
    if (mine.externalId === null || mine.state === 'gone') {
      const adopted: LinkState = { ...mine, externalId: event.external_id, state: 'open', remoteAt: null, rawHash: null }
      setLink(world, adopted)
      return adopted
    }
    world.troubles.push({
      class: 'data invalid',
      fingerprint: `duplicate:${event.source}:${event.stream}:${event.external_id}`,
      connection: event.source,
      recordId,
      event: event.seq,
      detail: {
        why: 'Two objects of one system claim one record.',
        stream: event.stream,
        first: mine.externalId,
        second: event.external_id,
      },
    })
    return newLink(world, newRecord(world, route, context).id, item, 'ambiguous', context)
  }
  return newLink(world, newRecord(world, route, context).id, item, 'open', context)
}

function newRecord(world: World, route: Route, context: AbsorbContext): RecordState {
  const record: RecordState = { id: context.next(), entity: route.mapping.entity, version: 0, fields: {} }
  world.records.set(record.id, { before: null, now: record })
  return record
}

function newLink(world: World, recordId: string, { event, route }: State, state: LinkState['state'], context: AbsorbContext): LinkState {
  const link = blankLink(context.next(), recordId, route, event.external_id, state)
  addLink(world, link, true)
  return link
}

function blankLink(id: string, recordId: string, route: Route, externalId: string | null, state: LinkState['state']): LinkState {
  return {
    id,
    recordId,
    connection: route.connection,
    stream: route.name,
    externalId,
    state,
    version: 0,
    agreed: {},
    intents: {},
    intentSeq: 0,
    remoteAt: null,
    receiptPos: 0,
    receiptAt: null,
    rawHash: null,
    mapping: `${route.mapping.name}@${route.mapping.version}`,
  }
}

/** A record holds the identities that its canonical values name: the first to show one gets it, and lets go of it when the value changes. */
function holdIdentities(world: World, before: RecordState, after: RecordState, route: Route): void {
  if (linksTo(world, after.id).some((link) => link.state === 'ambiguous')) return
  for (const { kind, field } of route.contract.identities) {
    const mapped = route.mapping.fields.find((candidate) => candidate.field === field)
    if (!mapped) continue
    const normal = (record: RecordState): string | null => {
      const value = record.fields[field]?.value
      return typeof value === 'string' && value !== '' ? String(mapped.codec.normal(value)) : null
    }
    const [old, now] = [normal(before), normal(after)]
    if (old === now) continue
    if (old !== null) release(world, [after.entity, kind, old], after.id)
    if (now === null) continue
    const parts = [after.entity, kind, now] as const
    const held = world.identities.get(identityKey(...parts))
    if (!held) world.identities.set(identityKey(...parts), { parts, recordId: after.id, isNew: true })
  }
}

function release(world: World, parts: readonly [entity: string, kind: string, value: string], recordId: string): void {
  const key = identityKey(...parts)
  if (world.identities.get(key)?.recordId === recordId) world.identities.delete(key)
  world.released.push([...parts, recordId])
}

/** Who has to be told: links that are behind, and systems that should have the record and do not. */
function plan(world: World, record: RecordState, event: number, context: AbsorbContext): void {
  const links = linksTo(world, record.id)
  if (links.some((link) => link.state === 'ambiguous')) return
  for (const route of context.routes.ofEntity(record.entity)) {
    const link = links.find((candidate) => candidate.connection === route.connection && candidate.stream === route.name)
    if (link) {
      if (link.state === 'open' && isBehind(record, link, route.mapping)) world.wanted.set(link.id, { version: record.version, event })
      continue
    }
    if (!route.mapping.create || links.some((candidate) => candidate.connection === route.connection)) continue
    const created = blankLink(context.next(), record.id, route, null, 'open')
    addLink(world, created, true)
    links.push(created)
    world.wanted.set(created.id, { version: record.version, event })
  }
}

function linksTo(world: World, recordId: string): LinkState[] {
  return (world.linksOf.get(recordId) ?? []).map((id) => world.links.get(id)!.now)
}

function linkOf(world: World, connection: string, stream: string, externalId: string): LinkState | undefined {
  const id = world.linkByExternal.get(externalKey(connection, stream, externalId))
  return id === undefined ? undefined : world.links.get(id)!.now
}

/** The log tells whether a read began before the last receipt, unless nothing was logged between the two. */
function isBeforeReceipt(event: Understood['event'], link: LinkState): 'yes' | 'no' | 'perhaps' {
  const began = event.as_of ?? 0
  if (began < link.receiptPos) return 'yes'
  return began === link.receiptPos && link.receiptPos > 0 ? 'perhaps' : 'no'
}

function isOlder(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a < b
}

function ignore(world: World, event: number, reason: string, recordId: string | null): void {
  world.effects.push({ event, kind: 'ignored', reason, recordId })
}

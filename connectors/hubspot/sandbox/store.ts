import type { SandboxClock } from './clock.ts'
import { createObjects, type Objects } from './objects.ts'
import { KINDS } from './kinds.ts'
import { accepted, acceptedNew, isUnique, uniqueForm } from './properties.ts'
import { notFound, Refusal } from './refusal.ts'
import { createSearchIndex, type SearchIndex } from './search-index.ts'
import { type Change, type ObjectType, type Settings, type Source, TYPES, type Version } from './types.ts'

/** The objects of one type: the vendor's truth. */
export interface Shelf {
  readonly type: ObjectType
  readonly live: Objects
  readonly archived: Objects
  /** Loser → winner. */
  readonly merged: Map<string, string>
  /** Unique property → value → id. */
  readonly unique: Record<string, Map<string, string>>
  readonly index: SearchIndex
}

export interface Store {
  shelf(type: ObjectType): Shelf
  create(type: ObjectType, given: unknown, source: Source): Version
  update(type: ObjectType, id: string, given: unknown, source: Source): Version
  archive(type: ObjectType, id: string, source: Source): boolean
  restore(type: ObjectType, id: string, source: Source): Version
  merge(type: ObjectType, winner: string, loser: string, source: Source): Version
  /** Erases for good, and tells of it twice. */
  purge(type: ObjectType, id: string, source: Source): void
  /** Runs changes of which either all or none take effect; a thrown error undoes them and passes through. */
  atomically<Result>(run: () => Result): Result
  /** Puts in an object as it is, with its times, silently. */
  plant(type: ObjectType, properties: Readonly<Record<string, string>>, at: number): Version
  clear(): void
}

/** Ids have different lengths from the start, so that only numeric order is their order. */
const FIRST_ID = 9_990

export function createStore(clock: SandboxClock, settings: Settings, tell: (change: Change) => void): Store {
  let shelves = fresh()
  let nextId = FIRST_ID
  /** How to take back what the present atomic run did, and what it will tell. */
  let pending: { readonly undo: (() => void)[]; readonly changes: Change[] } | null = null

  function announce(change: Change): void {
    if (pending) pending.changes.push(change)
    else tell(change)
  }

  function fresh(): Record<ObjectType, Shelf> {
    const shelf = (type: ObjectType): Shelf => ({
      type,
      live: createObjects(),
      archived: createObjects(),
      merged: new Map(),
      unique: Object.fromEntries(KINDS[type].unique.map((name) => [name, new Map<string, string>()])),
      index: createSearchIndex(settings),
    })
    return { contacts: shelf('contacts'), companies: shelf('companies'), deals: shelf('deals'), tickets: shelf('tickets') }
  }

  function put(shelf: Shelf, before: Version | undefined, after: Version): Version {
    for (const [name, held] of Object.entries(shelf.unique)) {
      if (before) for (const value of heldValues(before, name)) if (held.get(value) === before.id) held.delete(value)
      for (const value of heldValues(after, name)) held.set(value, after.id)
    }
    shelf.live.put(after)
    shelf.index.add(after)
    pending?.undo.push(() => {
      remove(shelf, after)
      if (before) put(shelf, undefined, before)
    })
    return after
  }

  /** Throws when somebody else holds one of the values. */
  function claim(shelf: Shelf, id: string | null, properties: Readonly<Record<string, string>>): void {
    for (const [name, held] of Object.entries(shelf.unique)) {
      const value = uniqueForm(properties[name] ?? '')
      const holder = value === '' ? undefined : held.get(value)
      if (holder === undefined || holder === id || !isUnique(shelf.type, name, settings)) continue
      if (name === 'email') throw new Refusal(409, 'CONFLICT', `Contact already exists. Existing ID: ${holder}`)
      throw new Refusal(409, 'CONFLICT', `Unique value of ${name} is taken. Existing ID: ${holder}`)
    }
  }

  function take(): string {
    nextId += 1
    return String(nextId - 1)
  }

  function insert(type: ObjectType, properties: Readonly<Record<string, string>>, at: number): Version {
    const shelf = shelves[type]
    claim(shelf, null, properties)
    return put(shelf, undefined, { id: take(), properties, createdAt: at, updatedAt: at, archivedAt: null })
  }

  return {
    shelf: (type) => shelves[type],
    create(type, given, source) {
      const at = clock.now()
      const version = insert(type, acceptedNew(type, given, settings), at)
      announce({ type, kind: 'creation', id: version.id, at, source })
      return version
    },
    update(type, id, given, source) {
      const shelf = shelves[type]
      const before = shelf.live.get(id)
      if (!before) throw notFound([id])
      const patch = accepted(type, given, settings)
      claim(shelf, id, patch)
      const changed = Object.entries(patch).filter(([name, value]) => (before.properties[name] ?? '') !== value)
      if (changed.length === 0) return before
      const at = clock.now()
      const after = put(shelf, before, { ...before, properties: { ...before.properties, ...Object.fromEntries(changed) }, updatedAt: at })
      for (const [property, value] of changed) announce({ type, kind: 'propertyChange', id, at, source, property, value })
      return after
    },
    archive(type, id, source) {
      const shelf = shelves[type]
      const before = shelf.live.get(id)
      if (!before) return false
      const at = clock.now()
      remove(shelf, before)
      shelf.archived.put({ ...before, archivedAt: at })
      announce({ type, kind: 'deletion', id, at, source })
      return true
    },
    restore(type, id, source) {
      const shelf = shelves[type]
      const before = shelf.archived.get(id)
      if (!before) throw notFound([id])
      const at = clock.now()
      shelf.archived.delete(id)
      const after = put(shelf, undefined, { ...before, archivedAt: null, updatedAt: at })
      announce({ type, kind: 'restore', id, at, source })
      return after
    },
    merge(type, winnerId, loserId, source) {
      const shelf = shelves[type]
      const winner = shelf.live.get(winnerId)
      const loser = shelf.live.get(loserId)
      if (!winner || !loser || winner === loser) throw notFound([winner ? loserId : winnerId])
      const at = clock.now()
      remove(shelf, loser)
      if (!settings.mergeMakesNew) {
        shelf.merged.set(loserId, winnerId)
        const after = put(shelf, winner, { ...winner, properties: combine(winner, loser), updatedAt: at })
        announce({ type, kind: 'merge', id: winnerId, at, source, merged: [loserId] })
        return after
      }
      remove(shelf, winner)
      const id = take()
      for (const gone of [winnerId, loserId]) shelf.merged.set(gone, id)
      const after = put(shelf, undefined, {
        id,
        properties: combine(winner, loser, winnerId),
        createdAt: at,
        updatedAt: at,
        archivedAt: null,
      })
      announce({ type, kind: 'merge', id: winnerId, at, source, merged: [loserId], made: id })
      return after
    },
    purge(type, id, source) {
      const shelf = shelves[type]
      const before = shelf.live.get(id)
      if (before) remove(shelf, before)
      else shelf.archived.delete(id)
      const at = clock.now()
      const kinds = ['privacyDeletion', 'deletion'] as const
      for (const kind of settings.privacyFirst ? kinds : kinds.toReversed()) announce({ type, kind, id, at, source })
    },
    atomically(run) {
      const mine = { undo: [] as (() => void)[], changes: [] as Change[] }
      pending = mine
      try {
        const result = run()
        pending = null
        for (const change of mine.changes) tell(change)
        return result
      } catch (error) {
        pending = null
        for (const undo of mine.undo.toReversed()) undo()
        throw error
      }
    },
    plant: insert,
    clear() {
      shelves = fresh()
      nextId = FIRST_ID
    },
  }
}

function remove(shelf: Shelf, version: Version): void {
  shelf.live.delete(version.id)
  shelf.index.remove(version.id)
  for (const [name, held] of Object.entries(shelf.unique)) {
    for (const value of heldValues(version, name)) if (held.get(value) === version.id) held.delete(value)
  }
}

/** The winner's values, the loser's where it has none; the loser's address stays reachable. */
function combine(winner: Version, loser: Version, ...also: readonly string[]): Record<string, string | null> {
  const properties: Record<string, string | null> = { ...winner.properties }
  for (const [name, value] of Object.entries(loser.properties)) {
    if ((properties[name] ?? '') === '' && name !== 'throughline_id') properties[name] = value
  }
  const join = (name: string, ...more: (string | null | undefined)[]): void => {
    const values = [winner.properties[name], loser.properties[name], ...more].filter(
      (value) => value !== null && value !== undefined && value !== '',
    )
    if (values.length > 0) properties[name] = [...new Set(values)].join(';')
  }
  join('hs_merged_object_ids', loser.id, ...also)
  if (loser.properties.email !== properties.email) join('hs_additional_emails', loser.properties.email)
  return properties
}

function heldValues(version: Version, name: string): string[] {
  const more = name === 'email' ? (version.properties.hs_additional_emails ?? '').split(';') : []
  return [version.properties[name] ?? '', ...more].map(uniqueForm).filter((value) => value !== '')
}

/** Every object with every property, for comparing with what others believe. */
export function stateOf(store: Store) {
  const rows = (type: ObjectType) => {
    const { live, archived, merged } = store.shelf(type)
    return [
      ...[...live.values(), ...archived.values()].map((version) => ({ ...version, archived: version.archivedAt !== null })),
      ...[...merged].map(([id, mergedInto]) => ({ id, mergedInto, archived: true })),
    ]
  }
  return Object.fromEntries(TYPES.map((type) => [type, rows(type)]))
}

import type { Delivery, RawRecord } from '@throughline/sdk'

/** One value as the vendor shows it, and the human write that it comes from, if one is known. */
export interface Cell {
  readonly value: string | null
  readonly origin: HumanWrite | null
}

/** A value that a person typed into a vendor's own tool. Values are unique, so each can be followed wherever it goes. */
export interface HumanWrite {
  readonly vendor: string
  readonly object: string
  readonly field: string
  readonly value: string | null
  /** Virtual time. */
  readonly at: number
  /** The object's modification time that the vendor gave for it. */
  readonly stamp: number
  /** What the person saw there and overwrote. */
  readonly over: HumanWrite | null
}

/** One object of a vendor: the truth. */
export interface Thing {
  readonly id: string
  readonly bornOf: 'human' | 'hub'
  /** Record id that the hub put on it. */
  mark: string | null
  cells: Readonly<Record<string, Cell>>
  /** Vendor's clock, in its own grain. */
  modifiedAt: number
  touchedAt: number
  deletedAt: number | null
}

export interface VendorSpec {
  readonly name: 'alpha' | 'beta' | 'gamma'
  readonly stream: string
  /** Canonical field → property over there. */
  readonly properties: Readonly<Record<string, string>>
  /** Property that holds the hub's record id. */
  readonly markProperty: string
  readonly keepsMarkUnique: boolean
  readonly checksVersion: boolean
  readonly keepsEmailUnique: boolean
  /** How it stores what it is given. */
  readonly store: (property: string, value: string | null) => string | null
  readonly stampMs: number
  readonly webhook: 'none' | 'thin' | 'whole'
  readonly readsBack: 'always' | 'sometimes'
  readonly batch: { readonly read: number; readonly write: number; readonly find: number; readonly page: number }
  readonly visibilityMs: number
  readonly pollMs: number
  /** How long a change may be missing from what `pull` shows. */
  readonly lagMs: number
  /** Values that it refuses. */
  readonly refuses: (property: string, value: unknown) => boolean
  /** Whether a bad row makes it refuse the whole batch without naming it. */
  readonly refusesWhole: boolean
}

/** What one row of a write did, in the instant it landed. */
export type Landed =
  | {
      readonly kind: 'stored'
      readonly thing: Thing
      readonly created: boolean
      readonly overwritten: readonly (readonly [string, Cell, string | null])[]
    }
  | { readonly kind: 'conflict'; readonly thing: Thing | null }
  | { readonly kind: 'refused' }

export type Noticed = 'created' | 'changed' | 'deleted'

export interface Vendor {
  readonly spec: VendorSpec
  readonly things: ReadonlyMap<string, Thing>
  /** Every write of the hub that changed something. */
  readonly writes: number
  clock(): number
  human: {
    create(values: Readonly<Record<string, string | null>>): Thing | null
    edit(thing: Thing, values: Readonly<Record<string, string | null>>): boolean
    remove(thing: Thing): void
  }
  apply(delivery: Delivery): Landed
  show(thing: Thing): RawRecord
}

/** Origins of unique values, across all vendors: value → the write that brought it into the world. */
export type Origins = Map<string, HumanWrite>

export function createVendor(
  spec: VendorSpec,
  now: () => number,
  skewMs: number,
  origins: Origins,
  noticed: (thing: Thing, what: Noticed) => void,
  wrote: (write: HumanWrite) => void,
): Vendor {
  const things = new Map<string, Thing>()
  let nextId = 1
  let writes = 0
  let lastStamp = 0

  const clock = (): number => now() + skewMs

  function stamp(): number {
    const floored = Math.floor(clock() / spec.stampMs) * spec.stampMs
    // A vendor with fine stamps never gives two states of an object the same one.
    lastStamp = spec.stampMs === 1 ? Math.max(lastStamp + 1, floored) : floored
    return lastStamp
  }

  function touch(thing: Thing, what: Noticed): void {
    thing.modifiedAt = stamp()
    thing.touchedAt = now()
    noticed(thing, what)
  }

  function isTaken(email: string | null, except: Thing | null): boolean {
    if (!spec.keepsEmailUnique || email === null) return false
    return [...things.values()].some((other) => other !== except && other.deletedAt === null && other.cells['email']?.value === email)
  }

  function humanCells(thing: Thing, values: Readonly<Record<string, string | null>>): void {
    thing.modifiedAt = stamp()
    const cells = { ...thing.cells }
    for (const [field, typed] of Object.entries(values)) {
      const value = spec.store(spec.properties[field]!, typed)
      const over = cells[field]?.origin ?? null
      const write: HumanWrite = { vendor: spec.name, object: thing.id, field, value, at: now(), stamp: thing.modifiedAt, over }
      if (value !== null && !origins.has(originKey(field, value))) origins.set(originKey(field, value), write)
      cells[field] = { value, origin: write }
      wrote(write)
    }
    thing.cells = cells
    thing.touchedAt = now()
  }

  function born(bornOf: Thing['bornOf'], mark: string | null): Thing {
    const thing: Thing = { id: `${spec.name[0]}${nextId++}`, bornOf, mark, cells: {}, modifiedAt: 0, touchedAt: 0, deletedAt: null }
    things.set(thing.id, thing)
    return thing
  }

  /** Patch of remote properties → the cells that really change. */
  function changesOf(thing: Thing, patch: Readonly<Record<string, unknown>>): [string, Cell, string | null][] {
    const out: [string, Cell, string | null][] = []
    for (const [field, property] of Object.entries(spec.properties)) {
      if (!Object.hasOwn(patch, property)) continue
      const before = thing.cells[field] ?? { value: null, origin: null }
      const value = spec.store(property, patch[property] as string | null)
      if (value !== before.value) out.push([field, before, value])
    }
    return out
  }

  return {
    spec,
    things,
    get writes() {
      return writes
    },
    clock,
    human: {
      create(values) {
        if (isTaken(spec.store(spec.properties['email']!, values['email'] ?? null), null)) return null
        const thing = born('human', null)
        humanCells(thing, values)
        noticed(thing, 'created')
        return thing
      },
      edit(thing, values) {
        if (values['email'] !== undefined && isTaken(spec.store(spec.properties['email']!, values['email']), thing)) return false
        humanCells(thing, values)
        noticed(thing, 'changed')
        return true
      },
      remove(thing) {
        thing.deletedAt = now()
        touch(thing, 'deleted')
      },
    },
    apply({ operation, externalId, recordId, patch, basedOn }) {
      let thing: Thing | null = null
      let created = false
      if (Object.entries(patch).some(([property, value]) => spec.refuses(property, value))) return { kind: 'refused' }
      if (operation === 'update') {
        thing = things.get(externalId ?? '') ?? null
        if (!thing || thing.deletedAt !== null) return { kind: 'conflict', thing }
        if (spec.checksVersion && basedOn !== new Date(thing.modifiedAt).toISOString()) return { kind: 'conflict', thing }
      } else if (spec.keepsMarkUnique) {
        thing = [...things.values()].find((other) => other.mark === recordId && other.deletedAt === null) ?? null
      }
      const email = patch[spec.properties['email']!]
      if (email !== undefined && isTaken(spec.store(spec.properties['email']!, email as string | null), thing)) {
        const value = spec.store(spec.properties['email']!, email as string | null)
        return {
          kind: 'conflict',
          thing: [...things.values()].find((other) => other.deletedAt === null && other.cells['email']?.value === value)!,
        }
      }
      if (!thing) {
        thing = born('hub', recordId)
        created = true
      }
      const overwritten = changesOf(thing, patch)
      if (overwritten.length > 0 || created) {
        const cells = { ...thing.cells }
        for (const [field, , value] of overwritten) {
          cells[field] = { value, origin: value === null ? null : (origins.get(originKey(field, value)) ?? null) }
        }
        thing.cells = cells
        writes += 1
        touch(thing, created ? 'created' : 'changed')
      }
      return { kind: 'stored', thing, created, overwritten }
    },
    show(thing) {
      if (thing.deletedAt !== null) {
        return {
          id: thing.id,
          state: 'deleted',
          modifiedAt: thing.modifiedAt,
          modifiedText: new Date(thing.modifiedAt).toISOString(),
          actor: null,
          body: { id: thing.id },
        }
      }
      const properties: Record<string, unknown> = { [spec.markProperty]: thing.mark }
      for (const [field, property] of Object.entries(spec.properties)) properties[property] = thing.cells[field]?.value ?? null
      return {
        id: thing.id,
        state: 'live',
        modifiedAt: thing.modifiedAt,
        modifiedText: new Date(thing.modifiedAt).toISOString(),
        actor: null,
        body: { id: thing.id, updated: thing.modifiedAt, properties },
      }
    },
  }
}

/** How a value is recognised wherever it turns up: letter case and spaces at the ends do not count. */
export function originKey(field: string, value: string): string {
  return `${field}\n${value.trim().toLowerCase()}`
}

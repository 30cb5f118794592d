import type { Fields } from '@throughline/sdk'

/** One object in the reference vendor's memory. */
export interface Person {
  readonly id: string
  modified: number
  deleted: boolean
  mergedInto: string | null
  fields: Record<string, unknown>
}

export type RowAnswer =
  | { readonly status: 'ok'; readonly created: boolean; readonly object: Person }
  | { readonly status: 'refused'; readonly why: string }
  | { readonly status: 'stale'; readonly object: Person }

export interface Row {
  readonly id?: string
  readonly hub_id?: string
  readonly basedOn?: string | null
  /** On a create: leaves an object that is there already as it is. */
  readonly keep?: boolean
  readonly set?: Fields
}

export interface Store {
  all(): Person[]
  get(id: string): Person | undefined
  add(fields: Fields, at?: number): Person
  edit(person: Person, fields: Fields): void
  remove(person: Person, mergedInto?: string): void
  write(operation: string, row: Row): RowAnswer
  /** What the lagging search index holds: the state of the last `settle`. */
  indexed(): readonly Person[]
  settle(): void
}

/** The vendor's state. Ids are not in the order of creation. Its clock ticks in milliseconds and never stands still between edits. */
export function createStore(): Store {
  const people = new Map<string, Person>()
  let index: Person[] = []
  let counter = 0
  let last = 0
  const tick = (): number => (last = Math.max(Date.now(), last + 1))

  const store: Store = {
    all: () => [...people.values()],
    get: (id) => people.get(id),
    indexed: () => index,
    settle: () => void (index = store.all().map((person) => structuredClone(person))),
    add(fields, at = tick()) {
      const id = `p${(Math.imul(++counter, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}`
      const person = { id, modified: at, deleted: false, mergedInto: null, fields: { ...fields } }
      people.set(id, person)
      return person
    },
    edit(person, fields) {
      person.fields = { ...person.fields, ...fields }
      person.modified = tick()
    },
    remove(person, mergedInto) {
      person.deleted = true
      person.mergedInto = mergedInto ?? null
      person.modified = tick()
    },
    write(operation, row) {
      const set = row.set ?? {}
      if (typeof set['mail'] === 'string' && !set['mail'].includes('@')) return { status: 'refused', why: 'mail is no address' }
      const upserted =
        row.hub_id === undefined ? undefined : store.all().find((each) => !each.deleted && each.fields['hub_id'] === row.hub_id)
      if (operation === 'insert') return { status: 'ok', created: true, object: store.add(set) }
      if (operation === 'create') {
        if (upserted && row.keep !== true) store.edit(upserted, set)
        const object = upserted ?? store.add(row.hub_id === undefined ? set : { ...set, hub_id: row.hub_id })
        return { status: 'ok', created: !upserted, object }
      }
      const person = people.get(row.id ?? '')
      if (!person) return { status: 'refused', why: 'no such object' }
      if (operation === 'delete') {
        if (!person.deleted) store.remove(person)
        return { status: 'ok', created: false, object: person }
      }
      if (person.deleted) return { status: 'refused', why: 'the object was deleted' }
      if (row.basedOn && Date.parse(row.basedOn) !== person.modified) return { status: 'stale', object: person }
      if (operation === 'replace') person.fields = {}
      store.edit(person, set)
      return { status: 'ok', created: false, object: person }
    },
  }
  return store
}

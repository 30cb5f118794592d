import type { Change } from './events.ts'
import { makeId } from './ids.ts'
import { findField, findObject, OBJECTS, stamp, type ObjectType, type Row } from './objects.ts'
import { createTable, type Table } from './table.ts'
import { validate, type RowError } from './validate.ts'

export type Saved =
  | { readonly ok: true; readonly id: string; readonly created: boolean }
  | { readonly ok: false; readonly errors: readonly RowError[] }

export interface Converted {
  readonly accountId: string
  readonly contactId: string
  readonly opportunityId: string | null
}

/** The org's data and its rules. Every change stamps the row with the second of the clock and the user who made it. */
export interface Store {
  table(type: string): Table | undefined
  /** Writes only when `apply` is true; otherwise says what it would answer (`allOrNone` looks before it leaps). */
  create(type: ObjectType, input: Readonly<Record<string, unknown>>, user: string, apply?: boolean): Saved
  update(type: ObjectType, id: string, input: Readonly<Record<string, unknown>>, user: string, apply?: boolean): Saved
  remove(type: ObjectType, id: string, user: string, apply?: boolean): Saved
  /** The losers go to the recycle bin with `MasterRecordId`; the winner gets one update. */
  merge(type: ObjectType, master: string, losers: readonly string[], user: string): void
  /** The lead becomes a contact of a new account, and an opportunity if one is wanted; answers their ids. */
  convert(lead: string, user: string, opportunity: boolean): Converted
  /** Takes a task out of ordinary queries, as the vendor does with old ones. */
  archive(id: string): void
  undelete(type: ObjectType, id: string, user: string): void
  /** The next `times` writes to a row answer `UNABLE_TO_LOCK_ROW`. */
  lock(id: string, times: number): void
  /** A blocking duplicate rule on e-mail: the standard rule an administrator may switch on. */
  duplicateRule(on: boolean): void
  /** Runs work as if it were another time (milliseconds UTC). */
  during<T>(time: number, work: () => T): T
  reset(): void
}

const refuse = (code: string, message: string, fields: readonly string[] = []): Saved => ({
  ok: false,
  errors: [{ code, message, fields }],
})

/** `clock` in milliseconds UTC. */
export function createStore(clock: () => number, publish: (change: Change) => void = () => {}): Store {
  let frozen: number | null = null
  const now = (): number => frozen ?? clock()
  let tables = new Map<string, Table>()
  let counters = new Map<string, number>()
  let locks = new Map<string, number>()
  let duplicates = false

  const reset = (): void => {
    tables = new Map(OBJECTS.map((object) => [object.name, createTable(object)]))
    counters = new Map()
    locks = new Map()
    duplicates = false
  }
  reset()
  const tableOf = (type: ObjectType): Table => {
    const table = tables.get(type.name)
    if (!table) throw new Error(`no table ${type.name}`)
    return table
  }
  const touch = (user: string): Row => {
    const time = stamp(now())
    return { LastModifiedDate: time, LastModifiedById: user, SystemModstamp: time }
  }
  const locked = (id: string): boolean => {
    const left = locks.get(id) ?? 0
    if (left > 0) locks.set(id, left - 1)
    return left > 0
  }
  /** The row to change, or the vendor's reason why there is none. */
  const living = (table: Table, id: string): { row: Row; refused?: never } | { row?: never; refused: Saved } => {
    const row = table.get(id)
    if (!row) return { refused: refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id') }
    if (row['IsDeleted'] === true) return { refused: refuse('ENTITY_IS_DELETED', 'entity is deleted') }
    if (locked(id)) return { refused: refuse('UNABLE_TO_LOCK_ROW', `unable to obtain exclusive access to this record or 1 records: ${id}`) }
    return { row }
  }
  const collision = (table: Table, values: Row, self: string | null): Saved | null => {
    for (const [name, value] of Object.entries(values)) {
      if (typeof value !== 'string' || !findField(table.object, name)?.unique) continue
      const other = table.lookUp(name, value)?.find((row) => row['IsDeleted'] !== true && row['Id'] !== self)
      if (other)
        return refuse('DUPLICATE_VALUE', `duplicate value found: ${name} duplicates value on record with id: ${String(other['Id'])}`)
    }
    return null
  }
  const withName = (object: ObjectType, row: Row): Row => {
    if (object.name !== 'Contact' && object.name !== 'Lead') return {}
    return { Name: [row['FirstName'], row['LastName']].filter((part) => part !== null && part !== undefined).join(' ') }
  }

  const store: Store = {
    table: (type) => tables.get(findObject(type)?.name ?? ''),
    create(type, input, user, apply = true) {
      const table = tableOf(type)
      const checked = validate(type, input, null)
      if (!checked.ok) return checked
      const clash = collision(table, checked.values, null)
      if (clash) return clash
      const email = checked.values['Email']
      if (duplicates && typeof email === 'string' && table.lookUp('Email', email)?.some((row) => row['IsDeleted'] !== true)) {
        return refuse('DUPLICATES_DETECTED', 'Use one of these records?')
      }
      if (!apply) return { ok: true, id: '', created: true }
      const n = (counters.get(type.name) ?? 0) + 1
      counters.set(type.name, n)
      const row: Row = { ...type.blank }
      const made = touch(user)
      Object.assign(row, { IsDeleted: false, OwnerId: user, CreatedDate: made['SystemModstamp'] ?? null, CreatedById: user }, made)
      if (type.name === 'Lead') Object.assign(row, { IsConverted: false, Status: 'Open - Not Contacted' })
      if (type.name === 'Task') Object.assign(row, { IsArchived: false })
      for (const field of type.fields.values()) if (field.standard !== null) row[field.name] = field.standard
      Object.assign(row, checked.values, { Id: makeId(type.prefix, n) })
      Object.assign(row, withName(type, row))
      table.add(row)
      publish({ object: type, type: 'CREATE', row, user, values: checked.values })
      return { ok: true, id: String(row['Id']), created: true }
    },
    update(type, id, input, user, apply = true) {
      const table = tableOf(type)
      const { row, refused } = living(table, id)
      if (refused) return refused
      if (row['IsConverted'] === true) return refuse('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead')
      const checked = validate(type, input, row)
      if (!checked.ok) return checked
      const clash = collision(table, checked.values, id)
      if (clash) return clash
      if (apply) {
        table.change(row, { ...checked.values, ...touch(user), ...withName(type, { ...row, ...checked.values }) })
        publish({ object: type, type: 'UPDATE', row, user, values: checked.values })
      }
      return { ok: true, id, created: false }
    },
    remove(type, id, user, apply = true) {
      const table = tableOf(type)
      const { row, refused } = living(table, id)
      if (refused) return refused
      if (apply) {
        table.change(row, { IsDeleted: true, ...touch(user) })
        publish({ object: type, type: 'DELETE', row, user, values: {} })
      }
      return { ok: true, id, created: false }
    },
    merge(type, master, losers, user) {
      const table = tableOf(type)
      for (const id of losers) {
        const row = table.get(id)
        if (!row) continue
        table.change(row, { IsDeleted: true, MasterRecordId: master, ...touch(user) })
        publish({ object: type, type: 'DELETE', row, user, values: {} })
      }
      const winner = table.get(master)
      if (!winner) return
      table.change(winner, touch(user))
      publish({ object: type, type: 'UPDATE', row: winner, user, values: {} })
    },
    convert(lead, user, opportunity) {
      const from = findObject('Lead')
      const row = from && tableOf(from).get(lead)
      if (!from || !row || row['IsConverted'] === true) throw new Error(`${lead} is no lead that can be converted`)
      const make = (name: string, input: Record<string, unknown>): string => {
        const type = findObject(name)
        const saved = type && store.create(type, input, user)
        if (!saved?.ok) throw new Error(`the org refuses the ${name}: ${JSON.stringify(saved?.errors)}`)
        return saved.id
      }
      const accountId = make('Account', { Name: row['Company'] })
      const { FirstName, LastName, Email, Phone, Title, City, Country } = row
      const person = { FirstName, LastName, Email, Phone, Title, MailingCity: City, MailingCountry: Country, AccountId: accountId }
      const contactId = make('Contact', person)
      const deal = { Name: `${String(row['Company'])}-`, StageName: 'Prospecting', CloseDate: '2026-12-31', AccountId: accountId }
      const opportunityId = opportunity ? make('Opportunity', deal) : null
      const fate = {
        IsConverted: true,
        ConvertedAccountId: accountId,
        ConvertedContactId: contactId,
        ConvertedOpportunityId: opportunityId,
      }
      const closed = { ...fate, Status: 'Closed - Converted' }
      tableOf(from).change(row, { ...closed, ...touch(user) })
      publish({ object: from, type: 'UPDATE', row, user, values: closed })
      return { accountId, contactId, opportunityId }
    },
    archive(id) {
      const type = findObject('Task')
      const row = type && tableOf(type).get(id)
      if (row) row['IsArchived'] = true
    },
    undelete(type, id, user) {
      const row = tableOf(type).get(id)
      const parted: Row = type.fields.has('MasterRecordId') ? { MasterRecordId: null } : {}
      if (!row) return
      tableOf(type).change(row, { IsDeleted: false, ...parted, ...touch(user) })
      publish({ object: type, type: 'UNDELETE', row, user, values: {} })
    },
    lock: (id, times) => void locks.set(id, times),
    duplicateRule: (on) => {
      duplicates = on
    },
    during(time, work) {
      frozen = time
      try {
        return work()
      } finally {
        frozen = null
      }
    },
    reset,
  }
  return store
}

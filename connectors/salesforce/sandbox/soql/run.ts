import type { Row, Value } from '../objects.ts'
import type { Table } from '../table.ts'
import { compile, needField, read } from './compile.ts'
import type { Condition, Order, Query } from './parse.ts'

export interface Found {
  readonly fields: readonly string[] | 'count'
  readonly rows: readonly Row[]
}

/** Runs a query over one table. `all` includes the recycle bin, as `queryAll` does. */
export function run(table: Table, query: Query, all: boolean): Found {
  const { object } = table
  const fields = query.fields === 'count' ? 'count' : query.fields.map((name) => needField(object, name).name)
  const test = query.where ? compile(object, query.where) : () => true
  const order = query.orderBy.map((entry) => ({ ...entry, field: needField(object, entry.field).name }))
  const { rows, ordered } = candidates(table, query.where, order)
  const limit = query.limit ?? Number.POSITIVE_INFINITY
  const found: Row[] = []
  for (const row of rows) {
    if (ordered && found.length >= limit) break
    if ((all || !isHidden(row)) && test(row)) found.push(row)
  }
  if (!ordered) found.sort(comparator(order))
  return { fields, rows: found.slice(0, Math.min(limit, found.length)) }
}

/** Rows that only `queryAll` shows: in the recycle bin, or archived. */
function isHidden(row: Row): boolean {
  return row['IsDeleted'] === true || row['IsArchived'] === true
}

/** The fewest rows that may hold the answer, and whether they already come in the order asked for. */
function candidates(table: Table, where: Condition | null, order: readonly Order[]): { rows: Iterable<Row>; ordered: boolean } {
  const picked = where && pick(table, where)
  if (picked) return { rows: picked, ordered: false }
  const [first, second] = order
  const ascending = order.every((entry) => !entry.descending)
  if (ascending && first?.field === 'SystemModstamp' && (order.length === 1 || (order.length === 2 && second?.field === 'Id'))) {
    const time = floor(table, where, 'SystemModstamp') ?? ''
    return { rows: table.changedFrom(time, keyOf(table, where) ?? undefined), ordered: true }
  }
  if (order.length === 0 || (ascending && order.length === 1 && first?.field === 'Id')) {
    const from = floor(table, where, 'Id')
    // `floor` is inclusive and `after` is not: the row itself goes first, and the test decides about it.
    const own = from === null ? undefined : table.get(from)
    return { rows: chain(own ? [own] : [], table.rows, from === null ? 0 : table.after(from)), ordered: true }
  }
  return { rows: table.rows, ordered: false }
}

/** The id of the keyset condition `time > t OR (time = t AND Id > id)`; `null` for every other condition. */
function keyOf(table: Table, where: Condition | null): string | null {
  if (where?.kind !== 'or' || where.parts.length !== 2) return null
  const [later, equal] = where.parts
  if (later?.kind !== 'compare' || later.by !== '>' || equal?.kind !== 'and') return null
  const floors = [floor(table, later, 'SystemModstamp'), floor(table, equal, 'SystemModstamp')]
  const strict = equal.parts.every((part) => part.kind === 'compare' && (part.field.toLowerCase() !== 'id' || part.by === '>'))
  return !strict || floors[0] === null || floors[0] !== floors[1] ? null : floor(table, equal, 'Id')
}

function* chain(head: readonly Row[], rows: readonly Row[], from: number): Iterable<Row> {
  yield* head
  for (let i = from; i < rows.length; i += 1) {
    const row = rows[i]
    if (row) yield row
  }
}

/** Rows by an equality on an indexed field that every answer must meet. */
function pick(table: Table, where: Condition): Row[] | null {
  if (where.kind === 'and') {
    for (const part of where.parts) {
      const rows = pick(table, part)
      if (rows) return rows
    }
    return null
  }
  const values = where.kind === 'in' && !where.not ? where.values : where.kind === 'compare' && where.by === '=' ? [where.value] : null
  if (!values || (where.kind !== 'in' && where.kind !== 'compare')) return null
  const field = needField(table.object, where.field)
  const rows = new Set<Row>()
  for (const literal of values) {
    const value = read(field, literal)
    const hits = typeof value === 'string' && value !== '' ? table.lookUp(field.name, value) : undefined
    if (!hits) return null
    for (const row of hits) rows.add(row)
  }
  return [...rows]
}

/** A value of the field below which no answer lies; `null` if the condition gives none. */
function floor(table: Table, where: Condition | null, name: string): string | null {
  if (!where) return null
  switch (where.kind) {
    case 'and': {
      const floors = where.parts.map((part) => floor(table, part, name)).filter((value) => value !== null)
      return floors.reduce<string | null>((most, value) => (most === null || value > most ? value : most), null)
    }
    case 'or': {
      const floors = where.parts.map((part) => floor(table, part, name))
      return floors.reduce((least, value) => (least === null || value === null ? null : value < least ? value : least))
    }
    case 'compare': {
      const field = needField(table.object, where.field)
      if (field.name !== name || !['=', '>', '>='].includes(where.by)) return null
      const value = read(field, where.value)
      return typeof value === 'string' ? value : null
    }
    case 'in':
    case 'not':
      return null
  }
}

function comparator(order: readonly Order[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const { field, descending, nullsLast } of order) {
      const [left, right] = [a[field] ?? null, b[field] ?? null]
      if (left === right) continue
      if (left === null || right === null) return (left === null) === nullsLast ? 1 : -1
      const difference = compareValues(left, right)
      if (difference !== 0) return descending ? -difference : difference
    }
    return 0
  }
}

function compareValues(a: NonNullable<Value>, b: NonNullable<Value>): number {
  return a < b ? -1 : a > b ? 1 : 0
}

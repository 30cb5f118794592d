import type { ObjectType, Row } from './objects.ts'

/** The rows of one object with the orders and look-ups that queries need. Deleted rows stay until they are purged. */
export interface Table {
  readonly object: ObjectType
  /** In the order of ids, which is the order of creation. */
  readonly rows: readonly Row[]
  get(id: string): Row | undefined
  add(row: Row): void
  /** Changes values of a row that was added, keeping every index right. */
  change(row: Row, values: Row): void
  /** For good, as emptying the recycle bin does. */
  purge(row: Row): void
  /** Rows whose indexed field equals a text, whatever its case; `undefined` if the field has no index. */
  lookUp(field: string, value: string): readonly Row[] | undefined
  /** Rows by (SystemModstamp, Id), from a time on, inclusive; of that very time only those with greater ids, if one is given. */
  changedFrom(time: string, after?: string): Iterable<Row>
  /** Index in `rows` of the first id that is greater. */
  after(id: string): number
}

interface Bucket {
  readonly rows: Set<Row>
  sorted: Row[] | null
}

const text = (row: Row, field: string): string => String(row[field] ?? '')
const byId = (a: Row, b: Row): number => (text(a, 'Id') < text(b, 'Id') ? -1 : 1)

/** Smallest index whose key is not less than `value`. */
function lowerBound<T>(items: readonly T[], value: string, key: (item: T) => string): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && key(item) < value) low = middle + 1
    else high = middle
  }
  return low
}

export function createTable(object: ObjectType): Table {
  const rows: Row[] = []
  const ids = new Map<string, Row>()
  const times: string[] = []
  const buckets = new Map<string, Bucket>()
  const indexes = new Map<string, Map<string, Row[]>>()
  for (const field of object.fields.values()) if (field.indexed && field.name !== 'Id') indexes.set(field.name, new Map())

  const bucketOf = (time: string): Bucket => {
    let bucket = buckets.get(time)
    if (!bucket) {
      bucket = { rows: new Set(), sorted: null }
      buckets.set(time, bucket)
      times.splice(
        lowerBound(times, time, (entry) => entry),
        0,
        time,
      )
    }
    return bucket
  }
  const file = (row: Row): void => {
    const bucket = bucketOf(text(row, 'SystemModstamp'))
    bucket.rows.add(row)
    bucket.sorted = null
    for (const [field, index] of indexes) enter(index, row, field)
  }
  const unfile = (row: Row): void => {
    const bucket = bucketOf(text(row, 'SystemModstamp'))
    bucket.rows.delete(row)
    bucket.sorted = null
    for (const [field, index] of indexes) leave(index, row, field)
  }

  return {
    object,
    rows,
    get: (id) => ids.get(id),
    add(row) {
      rows.push(row)
      ids.set(text(row, 'Id'), row)
      file(row)
    },
    change(row, values) {
      unfile(row)
      Object.assign(row, values)
      file(row)
    },
    purge(row) {
      unfile(row)
      ids.delete(text(row, 'Id'))
      rows.splice(rows.indexOf(row), 1)
    },
    lookUp(field, value) {
      if (field === 'Id') {
        const row = ids.get(value)
        return row ? [row] : []
      }
      const index = indexes.get(field)
      return index && (index.get(value.toLowerCase()) ?? [])
    },
    *changedFrom(time, after) {
      for (let i = lowerBound(times, time, (entry) => entry); i < times.length; i += 1) {
        const bucket = buckets.get(times[i] ?? '')
        if (!bucket || bucket.rows.size === 0) continue
        bucket.sorted ??= [...bucket.rows].sort(byId)
        if (after === undefined || times[i] !== time) yield* bucket.sorted
        else yield* bucket.sorted.slice(lowerBound(bucket.sorted, `${after}\u0000`, (row) => text(row, 'Id')))
      }
    },
    after: (id) => lowerBound(rows, `${id}\u0000`, (row) => text(row, 'Id')),
  }
}

function enter(index: Map<string, Row[]>, row: Row, field: string): void {
  const value = row[field]
  if (typeof value !== 'string') return
  const key = value.toLowerCase()
  const entry = index.get(key)
  if (entry) entry.push(row)
  else index.set(key, [row])
}

function leave(index: Map<string, Row[]>, row: Row, field: string): void {
  const value = row[field]
  if (typeof value !== 'string') return
  const key = value.toLowerCase()
  const rest = (index.get(key) ?? []).filter((entry) => entry !== row)
  if (rest.length > 0) index.set(key, rest)
  else index.delete(key)
}

import { ATTRIBUTES, type Item } from './store.ts'

type Refuse = (status: number, code?: string) => Error
type Value = string | number | null

const OPERATORS: Readonly<Record<string, (held: Value, wanted: unknown) => boolean>> = {
  _eq: (held, wanted) => held !== null && compare(held, wanted) === 0,
  _gt: (held, wanted) => held !== null && compare(held, wanted) > 0,
  _gte: (held, wanted) => held !== null && compare(held, wanted) >= 0,
  _lt: (held, wanted) => held !== null && compare(held, wanted) < 0,
  _in: (held, wanted) => held !== null && Array.isArray(wanted) && wanted.some((each) => compare(held, each) === 0),
  _null: (held, wanted) => (held === null) === Boolean(wanted),
  _nnull: (held, wanted) => (held !== null) === Boolean(wanted),
}

/** A slice of Directus' global query parameters: `filter` (JSON), `sort`, `limit` (100 if absent, -1 for all), `offset`. */
export function readQuery(url: URL, refuse: Refuse) {
  const filter = parse(url.searchParams.get('filter') ?? '{}', refuse)
  const sort = (url.searchParams.get('sort') ?? 'id')
    .split(',')
    .map((name) => ({ name: name.replace(/^-/, ''), sign: name.startsWith('-') ? -1 : 1 }))
  for (const { name } of sort) if (!ATTRIBUTES.has(name)) throw refuse(403)
  const limit = Number(url.searchParams.get('limit') ?? 100)
  const offset = Number(url.searchParams.get('offset') ?? 0)
  if (!Number.isInteger(limit) || !Number.isInteger(offset)) throw refuse(400, 'INVALID_QUERY')
  return {
    limit,
    offset,
    keeps: (item: Item): boolean => matches(item, filter, refuse),
    compare(a: Item, b: Item): number {
      for (const { name, sign } of sort) {
        const order = compare(valueOf(a, name) ?? '', valueOf(b, name) ?? '')
        if (order !== 0) return order * sign
      }
      return 0
    },
  }
}

function parse(text: string, refuse: Refuse): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(400, 'INVALID_QUERY')
  }
}

function matches(item: Item, filter: unknown, refuse: Refuse): boolean {
  if (typeof filter !== 'object' || filter === null) throw refuse(400, 'INVALID_QUERY')
  return Object.entries(filter).every(([name, wanted]: [string, unknown]) => {
    if (name === '_or' && Array.isArray(wanted)) return wanted.some((each) => matches(item, each, refuse))
    if (name === '_and' && Array.isArray(wanted)) return wanted.every((each) => matches(item, each, refuse))
    if (!ATTRIBUTES.has(name) || typeof wanted !== 'object' || wanted === null) throw refuse(403)
    return Object.entries(wanted).every(([operator, value]: [string, unknown]) => {
      const test = OPERATORS[operator]
      if (!test) throw refuse(400, 'INVALID_QUERY')
      return test(valueOf(item, name), value)
    })
  })
}

function valueOf(item: Item, name: string): Value {
  const value = item[name]
  return typeof value === 'number' || typeof value === 'string' ? value : null
}

/** Numbers as numbers, also where the query gives them as text. */
function compare(held: string | number, wanted: unknown): number {
  const [a, b] = typeof held === 'number' ? [held, Number(wanted)] : [held, String(wanted)]
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN
}

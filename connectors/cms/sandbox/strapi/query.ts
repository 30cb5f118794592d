import { invalid, refuse } from './errors.ts'
import { ATTRIBUTES, type Row } from './store.ts'

interface Tree {
  [name: string]: string | Tree
}

const LISTS = 100
const OPERATORS: Readonly<Record<string, (held: string | null, wanted: string | Tree) => boolean>> = {
  $eq: (held, wanted) => held === wanted,
  $ne: (held, wanted) => held !== wanted,
  $gt: (held, wanted) => held !== null && held > String(wanted),
  $gte: (held, wanted) => held !== null && held >= String(wanted),
  $lt: (held, wanted) => held !== null && held < String(wanted),
  $lte: (held, wanted) => held !== null && held <= String(wanted),
  $in: (held, wanted) => held !== null && listOf(wanted).includes(held),
  $notIn: (held, wanted) => held === null || !listOf(wanted).includes(held),
  $contains: (held, wanted) => held !== null && held.includes(String(wanted)),
  $null: (held, wanted) => (held === null) === (wanted === 'true'),
}

/** What a list call asks for. Strapi caps the page at 100 without a word. */
export interface ListQuery {
  readonly status: 'draft' | 'published'
  readonly page: number
  readonly pageSize: number
  readonly withCount: boolean
  keeps(row: Row): boolean
  compare(a: Row, b: Row): number
}

export function readQuery(url: URL): ListQuery {
  const tree: Tree = {}
  for (const [name, value] of url.searchParams)
    plant(
      tree,
      name.split(/[[\]]+/).filter((part) => part !== ''),
      value,
    )
  const { filters, sort, pagination, status = 'published' } = tree
  if (status !== 'draft' && status !== 'published') throw refuse(400, 'Invalid status')
  if (filters !== undefined) checkNames(filters)
  const size = typeof pagination === 'object' ? pagination : {}
  const orders = sort === undefined ? [] : typeof sort === 'string' ? sort.split(',') : listOf(sort)
  const keys = orders.map((order) => {
    const [name = '', direction = 'asc'] = order.split(':')
    if (!ATTRIBUTES.has(name)) throw refuse(400, `Invalid key ${name}`, { key: name, path: 'sort', source: 'query' })
    return { name, sign: direction.toLowerCase() === 'desc' ? -1 : 1 }
  })
  return {
    status,
    page: Math.max(1, Number(size['page'] ?? 1)),
    pageSize: Math.min(100, Number(size['pageSize'] ?? 25)),
    withCount: size['withCount'] !== 'false',
    keeps: (row) => filters === undefined || matches(row, filters),
    compare(a, b) {
      for (const { name, sign } of keys) {
        const [x, y] = [textOf(a[name]) ?? '', textOf(b[name]) ?? '']
        if (x !== y) return (x < y ? -1 : 1) * sign
      }
      return a.id - b.id
    },
  }
}

function plant(tree: Tree, path: readonly string[], value: string): void {
  let at = tree
  for (const part of path.slice(0, -1)) {
    const next = at[part]
    at = typeof next === 'object' ? next : (at[part] = {})
  }
  at[path.at(-1) ?? ''] = value
}

function checkNames(filter: string | Tree): void {
  if (typeof filter === 'string') throw refuse(400, 'Invalid filters')
  for (const [name, wanted] of Object.entries(filter)) {
    if (name === '$or' || name === '$and') for (const each of Object.values(wanted)) checkNames(each as Tree)
    else if (!ATTRIBUTES.has(name)) throw refuse(400, `Invalid key ${name}`, { key: name, path: name, source: 'query' })
  }
}

function matches(row: Row, filter: string | Tree): boolean {
  if (typeof filter === 'string') throw refuse(400, 'Invalid filters')
  return Object.entries(filter).every(([name, wanted]) => {
    if (name === '$or') return Object.values(wanted).some((each) => matches(row, each as Tree))
    if (name === '$and') return Object.values(wanted).every((each) => matches(row, each as Tree))
    const held = textOf(row[name])
    if (typeof wanted === 'string') return held === wanted
    return Object.entries(wanted).every(([operator, value]) => {
      const test = OPERATORS[operator]
      if (!test) throw invalid(name, `Invalid operator ${operator}`, null)
      return test(held, value)
    })
  })
}

/** The parser keeps lists of at most a hundred; a longer one becomes an object, which no operator takes. */
function listOf(value: string | Tree): string[] {
  if (typeof value === 'string') return [value]
  const all = Object.values(value).filter((each) => typeof each === 'string')
  if (all.length > LISTS) throw refuse(400, 'Invalid list')
  return all
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}

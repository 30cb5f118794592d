import { refuse } from './errors.ts'
import type { Entry } from './store.ts'
import { CONTENT_TYPE, TYPES } from './type.ts'

export interface Query {
  readonly skip: number
  readonly limit: number
  keeps(entry: Entry): boolean
  compare(a: Entry, b: Entry): number
}

const ORDERS: Readonly<Record<string, (entry: Entry) => string>> = {
  'sys.id': ({ sys }) => sys.id,
  'sys.updatedAt': ({ sys }) => sys.updatedAt,
  'sys.createdAt': ({ sys }) => sys.createdAt,
}
const RANGES: Readonly<Record<string, (held: number, wanted: number) => boolean>> = {
  gt: (held, wanted) => held > wanted,
  gte: (held, wanted) => held >= wanted,
  lt: (held, wanted) => held < wanted,
  lte: (held, wanted) => held <= wanted,
}

/** Filters of a list call: ids by equality or list, times by range, short texts by equality or list. Anything else is refused. */
export function readQuery(url: URL): Query {
  const type = url.searchParams.get('content_type')
  const tests: ((entry: Entry) => boolean)[] = []
  let orders = ['-sys.updatedAt', 'sys.id']
  let [skip, limit] = [0, 100]
  for (const [name, value] of url.searchParams) {
    if (name === 'content_type') tests.push(() => value === CONTENT_TYPE)
    else if (name === 'skip') skip = count(value, name)
    else if (name === 'limit') limit = Math.min(1_000, count(value, name))
    else if (name === 'order') orders = value.split(',')
    else tests.push(filter(name, value, type !== null))
  }
  const keys = orders.map((order) => {
    const by = ORDERS[order.replace(/^-/, '')]
    if (!by) throw bad(order)
    return { by, sign: order.startsWith('-') ? -1 : 1 }
  })
  return {
    skip,
    limit,
    keeps: (entry) => tests.every((test) => test(entry)),
    compare(a, b) {
      for (const { by, sign } of keys) if (by(a) !== by(b)) return (by(a) < by(b) ? -1 : 1) * sign
      return 0
    },
  }
}

function filter(name: string, value: string, isTyped: boolean): (entry: Entry) => boolean {
  const [, path = '', operator = 'eq'] = /^([A-Za-z0-9_.]+)(?:\[(\w+)\])?$/.exec(name) ?? []
  const list = value.split(',')
  if (path === 'sys.id' && operator === 'eq') return ({ sys }) => sys.id === value
  if (path === 'sys.id' && operator === 'in') return ({ sys }) => list.includes(sys.id)
  const range = RANGES[operator]
  if ((path === 'sys.updatedAt' || path === 'sys.createdAt') && range) {
    const wanted = Date.parse(value)
    if (Number.isNaN(wanted)) throw bad(name)
    const held = ORDERS[path]!
    return (entry) => range(Date.parse(held(entry)), wanted)
  }
  const field = path.startsWith('fields.') ? path.slice(7) : ''
  if (isTyped && TYPES[field] === 'Symbol' && (operator === 'eq' || operator === 'in')) {
    const wanted = operator === 'eq' ? [value] : list
    return ({ fields }) => wanted.includes(String(fields[field]?.['en-US'] ?? '\0'))
  }
  throw bad(name)
}

function count(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) throw bad(name)
  return Number(text)
}

function bad(name: string) {
  return refuse(400, {
    id: 'InvalidQuery',
    message: 'The query you sent was invalid.',
    details: { errors: [{ name: 'unknown', path: [name] }] },
  })
}

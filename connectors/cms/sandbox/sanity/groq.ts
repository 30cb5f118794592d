import { queryError } from './errors.ts'
import { at, type Doc } from './path.ts'

type Value = (doc: Doc) => unknown

export interface Query {
  keeps(doc: Doc): boolean
  compare(a: Doc, b: Doc): number
  readonly from: number
  readonly to: number
}

const TOKEN = /\s*(\.\.\.|&&|\|\||==|!=|<=|>=|[*[\]()|<>,!]|\$?[A-Za-z_][A-Za-z0-9_.]*|\d+|"(?:[^"\\]|\\.)*")/y

/**
 * A small part of GROQ: `*[filter] | order(attribute asc, …)[from...to]`. Filters know `&&`, `||`, `!`, comparisons, `in`,
 * `dateTime()`, parameters, texts, numbers and attributes one object deep. Anything else is refused, never passed over.
 */
export function parse(query: string, params: Readonly<Record<string, unknown>>): Query {
  const tokens: { text: string; at: number }[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < query.trimEnd().length) {
    const start = TOKEN.lastIndex
    const [, text] = TOKEN.exec(query) ?? []
    if (text === undefined) throw queryError(query, 'unexpected token', start)
    tokens.push({ text, at: start })
  }
  let next = 0
  const peek = (): string => tokens[next]?.text ?? ''
  const fail = (what: string): never => {
    throw queryError(query, what, tokens[next]?.at ?? query.length)
  }
  const take = (text: string): void => void (peek() === text ? (next += 1) : fail(`expected ${text}`))
  const taken = (text: string): boolean => peek() === text && (next += 1) > 0

  function or(): Value {
    const parts = [and()]
    while (taken('||')) parts.push(and())
    return parts.length === 1 ? parts[0]! : (doc) => parts.some((part) => part(doc) === true)
  }
  function and(): Value {
    const parts = [comparison()]
    while (taken('&&')) parts.push(comparison())
    return parts.length === 1 ? parts[0]! : (doc) => parts.every((part) => part(doc) === true)
  }
  function comparison(): Value {
    if (taken('!')) {
      const inner = comparison()
      return (doc) => inner(doc) !== true
    }
    const left = primary()
    const operator = COMPARE[peek()]
    if (!operator) return left
    next += 1
    const right = primary()
    return (doc) => operator(left(doc), right(doc))
  }
  function primary(): Value {
    const token = peek()
    if (taken('(')) {
      const inner = or()
      take(')')
      return inner
    }
    if (token === 'dateTime') {
      next += 1
      take('(')
      const inner = primary()
      take(')')
      return (doc) => {
        const time = inner(doc)
        return typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? Date.parse(time) : null
      }
    }
    if (token.startsWith('$')) {
      const name = token.slice(1)
      if (!(name in params)) fail(`param ${token} referenced, but not provided`)
      next += 1
      return () => params[name]
    }
    if (/^(?:["\d]|true$|false$|null$)/.test(token)) {
      next += 1
      const literal = JSON.parse(token) as unknown
      return () => literal
    }
    if (!/^[A-Za-z_]/.test(token) || tokens[next + 1]?.text === '(') fail(`unexpected token ${token}`)
    next += 1
    return (doc) => at(doc, token) ?? null
  }

  take('*')
  take('[')
  const filter = or()
  take(']')
  const orders: { name: string; sign: number }[] = []
  if (taken('|')) {
    take('order')
    take('(')
    do {
      const name = peek()
      if (!/^[A-Za-z_]/.test(name)) fail('expected an attribute')
      next += 1
      orders.push({ name, sign: taken('desc') ? -1 : 1 })
      taken('asc')
    } while (taken(','))
    take(')')
  }
  let [from, to] = [0, Number.POSITIVE_INFINITY]
  if (taken('[')) {
    from = index()
    take('...')
    to = index()
    take(']')
  }
  if (next < tokens.length) fail('unexpected token')
  return {
    keeps: (doc) => filter(doc) === true,
    compare(a, b) {
      for (const { name, sign } of orders) {
        const [x, y] = [String(at(a, name) ?? ''), String(at(b, name) ?? '')]
        if (x !== y) return (x < y ? -1 : 1) * sign
      }
      return 0
    },
    from,
    to,
  }

  function index(): number {
    const token = peek()
    if (!/^\d+$/.test(token)) fail('expected a number')
    next += 1
    return Number(token)
  }
}

const ordered =
  (test: (order: number) => boolean) =>
  (left: unknown, right: unknown): boolean | null => {
    if ((typeof left !== 'string' && typeof left !== 'number') || typeof left !== typeof right) return null
    return test(left < (right as typeof left) ? -1 : left > (right as typeof left) ? 1 : 0)
  }

const COMPARE: Readonly<Record<string, (left: unknown, right: unknown) => boolean | null>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  in: (left, right) => (Array.isArray(right) ? right.includes(left) : null),
}

import { Malformed, tokenize, type Token } from './tokenize.ts'

export type Literal = { readonly kind: 'text' | 'number' | 'time' | 'boolean' | 'null'; readonly value: string }
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like'
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly field: string; readonly by: Comparison; readonly value: Literal }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Literal[]; readonly not: boolean }

export interface Order {
  readonly field: string
  readonly descending: boolean
  readonly nullsLast: boolean
}

export interface Query {
  /** `'count'` for `SELECT COUNT()`. */
  readonly fields: readonly string[] | 'count'
  readonly from: string
  readonly where: Condition | null
  readonly orderBy: readonly Order[]
  readonly limit: number | null
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
  like: 'like',
}

/** `SELECT fields FROM object [WHERE …] [ORDER BY …] [LIMIT n]`; anything else is `Malformed`, never guessed at. */
export function parse(text: string): Query {
  const tokens = tokenize(text)
  let i = 0
  const peek = (offset = 0): Token | undefined => tokens[i + offset]
  const isWord = (word: string, offset = 0): boolean => peek(offset)?.kind === 'word' && peek(offset)?.value.toLowerCase() === word
  const isSign = (sign: string): boolean => peek()?.kind === 'sign' && peek()?.value === sign
  const fail = (): never => {
    const token = peek()
    throw new Malformed(token ? `unexpected token: '${token.value}' (column ${token.at})` : 'unexpected end of query')
  }
  const word = (expected?: string): string => {
    const token = peek()
    if (token?.kind !== 'word' || (expected !== undefined && token.value.toLowerCase() !== expected)) return fail()
    i += 1
    return token.value
  }
  const sign = (expected: string): void => {
    if (!isSign(expected)) fail()
    i += 1
  }
  const list = <T>(item: () => T): T[] => {
    const items = [item()]
    while (isSign(',')) {
      i += 1
      items.push(item())
    }
    return items
  }
  const whole = (): number => {
    const token = peek()
    if (token?.kind !== 'number' || !/^\d+$/.test(token.value)) return fail()
    i += 1
    return Number(token.value)
  }
  const literal = (): Literal => {
    const token = peek()
    if (!token || token.kind === 'sign') return fail()
    i += 1
    if (token.kind !== 'word') return { kind: token.kind, value: token.value }
    const value = token.value.toLowerCase()
    if (value === 'null') return { kind: 'null', value }
    if (value === 'true' || value === 'false') return { kind: 'boolean', value }
    i -= 1
    return fail()
  }
  const test = (): Condition => {
    if (isSign('(')) {
      i += 1
      const inner = condition()
      sign(')')
      return inner
    }
    if (isWord('not') && !isWord('in', 1)) {
      i += 1
      return { kind: 'not', part: test() }
    }
    const field = word()
    const not = isWord('not') && isWord('in', 1)
    if (not) i += 1
    if (isWord('in')) {
      i += 1
      sign('(')
      const values = list(literal)
      sign(')')
      return { kind: 'in', field, values, not }
    }
    const by = COMPARISONS[peek()?.value.toLowerCase() ?? '']
    if (by === undefined) return fail()
    i += 1
    return { kind: 'compare', field, by, value: literal() }
  }
  // The vendor refuses AND beside OR without parentheses instead of ranking them.
  const condition = (): Condition => {
    const parts = [test()]
    const joint = isWord('or') ? 'or' : 'and'
    while (isWord(joint)) {
      i += 1
      parts.push(test())
    }
    const [only] = parts
    if (isWord('and') || isWord('or')) fail()
    return parts.length === 1 && only ? only : { kind: joint, parts }
  }
  const order = (): Order => {
    const field = word()
    const descending = isWord('desc')
    if (descending || isWord('asc')) i += 1
    let nullsLast = descending
    if (isWord('nulls')) {
      i += 1
      nullsLast = isWord('last')
      word(nullsLast ? 'last' : 'first')
    }
    return { field, descending, nullsLast }
  }

  word('select')
  let fields: Query['fields']
  if (isWord('count')) {
    i += 1
    sign('(')
    sign(')')
    fields = 'count'
  } else fields = list(() => word())
  word('from')
  const from = word()
  let where: Condition | null = null
  let orderBy: Order[] = []
  let limit: number | null = null
  if (isWord('where')) {
    i += 1
    where = condition()
  }
  if (isWord('order')) {
    i += 1
    word('by')
    orderBy = list(order)
  }
  if (isWord('limit')) {
    i += 1
    limit = whole()
  }
  if (peek()) fail()
  return { fields, from, where, orderBy, limit }
}

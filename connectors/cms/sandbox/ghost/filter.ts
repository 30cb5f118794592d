import { refuse } from './errors.ts'

/** What a filter may ask a post: texts by field; several for its tags. */
export type Held = (field: string) => readonly string[] | null
type Test = (held: Held) => boolean

type Token = { readonly kind: 'prop' | 'text' | 'mark'; readonly value: string }

const FIELDS = new Set([
  'id',
  'uuid',
  'title',
  'slug',
  'status',
  'custom_excerpt',
  'updated_at',
  'published_at',
  'created_at',
  'tag',
  'tags',
])

/**
 * A slice of Ghost's filter language (NQL): `field:'text'`, `field:literal`, comparisons, lists, `+` for and (binds tighter),
 * `,` for or, and parentheses. As in Ghost's lexer, both quotes must be escaped inside a text and nothing else can be.
 */
export function parseFilter(text: string): Test {
  const tokens = tokenize(text)
  let at = 0
  const peek = (): string => tokens[at]?.value ?? ''
  const isMark = (value: string): boolean => tokens[at]?.kind === 'mark' && peek() === value
  const eat = (value: string): boolean => isMark(value) && (at += 1) > 0

  function either(): Test {
    const tests = [both()]
    while (eat(',')) tests.push(both())
    return (held) => tests.some((test) => test(held))
  }
  function both(): Test {
    const tests = [one()]
    while (eat('+')) tests.push(one())
    return (held) => tests.every((test) => test(held))
  }
  function one(): Test {
    if (eat('(')) {
      const test = either()
      if (!eat(')')) throw refuse(400, `Query Error: expected ")" at ${at}`)
      return test
    }
    const token = tokens[at]
    if (token?.kind !== 'prop') throw refuse(400, `Query Error: expected a property at ${at}`)
    at += 1
    if (!FIELDS.has(token.value)) throw refuse(400, `Query Error: unknown property ${token.value}`)
    return comparison(token.value)
  }
  function comparison(field: string): Test {
    const some =
      (test: (held: string) => boolean): Test =>
      (held) =>
        (held(field) ?? []).some(test)
    if (eat('[')) {
      const values = new Set<string>()
      do values.add(value(field))
      while (eat(','))
      if (!eat(']')) throw refuse(400, `Query Error: expected "]" at ${at}`)
      return some((held) => values.has(held))
    }
    for (const [mark, test] of COMPARISONS) {
      if (!eat(mark)) continue
      const wanted = value(field)
      return some((held) => test(held, wanted))
    }
    const wanted = value(field)
    return some((held) => held === wanted)
  }
  function value(field: string): string {
    const token = tokens[at]
    if (token?.kind !== 'text') throw refuse(400, `Query Error: expected a value at ${at}`)
    at += 1
    return field.endsWith('_at') ? sqlTime(token.value) : token.value
  }

  const test = either()
  if (at < tokens.length) throw refuse(400, `Query Error: unexpected "${peek()}" at ${at}`)
  return test
}

const COMPARISONS: readonly (readonly [string, (held: string, wanted: string) => boolean])[] = [
  ['>=', (held, wanted) => held >= wanted],
  ['<=', (held, wanted) => held <= wanted],
  ['>', (held, wanted) => held > wanted],
  ['<', (held, wanted) => held < wanted],
]

const LEXEMES = /\s*(?:([a-zA-Z_][a-zA-Z0-9_.]*):|'((?:\\['"]|[^'"])+?)'|(>=|<=|[[\](),+<>])|([^\s'"+,()><=[\]-][^\s'"+,()><=[\]]*))/y

function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  LEXEMES.lastIndex = 0
  while (LEXEMES.lastIndex < text.length) {
    const from = LEXEMES.lastIndex
    const match = LEXEMES.exec(text)
    if (!match) throw refuse(400, `Query Error: unrecognized text in filter at char ${from + 1}`)
    const [, prop, quoted, mark, literal] = match
    if (prop !== undefined) tokens.push({ kind: 'prop', value: prop })
    else if (mark !== undefined) tokens.push({ kind: 'mark', value: mark })
    else tokens.push({ kind: 'text', value: quoted === undefined ? (literal ?? '') : quoted.replaceAll(/\\(['"])/g, '$1') })
  }
  return tokens
}

/** Times are stored and compared as text of this form. */
export function sqlTime(text: string): string {
  return text.slice(0, 19).replace('T', ' ')
}

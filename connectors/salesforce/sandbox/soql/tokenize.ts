export interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'time' | 'sign'
  /** The text's value, unescaped; words and signs as written. */
  readonly value: string
  /** Column in the query, from 1. */
  readonly at: number
}

/** Not SOQL: becomes the vendor's `MALFORMED_QUERY`. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['time', /\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:?\d{2}))?/y],
  ['number', /[+-]?\d+(?:\.\d+)?/y],
  ['word', /[A-Za-z][A-Za-z0-9_.]*/y],
  ['sign', /!=|<>|<=|>=|[=<>(),]/y],
]
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
  _: '_',
  '%': '%',
}

export function tokenize(query: string): Token[] {
  const tokens: Token[] = []
  let i = 0
  scan: while (i < query.length) {
    if (/\s/.test(query[i] ?? '')) {
      i += 1
      continue
    }
    if (query[i] === "'") {
      const [value, end] = readText(query, i)
      tokens.push({ kind: 'text', value, at: i + 1 })
      i = end
      continue
    }
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = i
      const found = pattern.exec(query)?.[0]
      if (found === undefined) continue
      tokens.push({ kind, value: found, at: i + 1 })
      i += found.length
      continue scan
    }
    throw new Malformed(`unexpected token: '${query[i] ?? ''}'`)
  }
  return tokens
}

function readText(query: string, start: number): [string, number] {
  let value = ''
  for (let i = start + 1; i < query.length; i += 1) {
    const char = query[i] ?? ''
    if (char === "'") return [value, i + 1]
    if (char === '\n' || char === '\r') throw new Malformed('line breaks not allowed in string literals')
    if (char !== '\\') {
      value += char
      continue
    }
    const escaped = query[i + 1] ?? ''
    const code = /^u([0-9a-fA-F]{4})/.exec(query.slice(i + 1, i + 6))?.[1]
    if (code !== undefined) {
      value += String.fromCharCode(Number.parseInt(code, 16))
      i += 5
      continue
    }
    const meant = ESCAPES[escaped]
    if (meant === undefined) throw new Malformed(`invalid string literal, illegal character sequence '\\${escaped}'`)
    value += meant
    i += 1
  }
  throw new Malformed('unterminated string literal')
}

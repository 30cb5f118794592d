/**
 * A text as a SOQL literal. SOQL takes no parameters, so this is all that stands between a value and the query: quote and
 * backslash are escaped, and control characters become the escapes that SOQL knows.
 */
export function quote(text: string): string {
  const escaped = text.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll(CONTROL, (char) => ESCAPES[char] ?? String.raw`\u${hex(char)}`)
  return `'${escaped}'`
}

/** A time as SOQL writes it, without quotes. `ms` UTC. */
export function timeLiteral(ms: number): string {
  return new Date(ms).toISOString()
}

/** What may stand for a field or an object in a query. */
export function checkName(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$/.test(name)) throw new Error(`"${name}" cannot be a Salesforce field`)
  return name
}

export function queryPath(soql: string, all: boolean): string {
  return `/${all ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`
}

/**
 * Cuts values into lists whose queries fit into a URI. The vendor allows 16,384 bytes for URI and headers together; a
 * token can take 2,000 of them.
 */
export function fitting(values: readonly string[], rest: string): string[][] {
  const room = 12_000 - encodeURIComponent(rest).length
  const lists: string[][] = []
  let used = room
  for (const value of values) {
    const size = encodeURIComponent(quote(value)).length + 3
    if (used + size > room) {
      lists.push([])
      used = 0
    }
    lists.at(-1)?.push(value)
    used += size
  }
  return lists
}

// oxlint-disable-next-line no-control-regex -- these are what must not reach a query as they are
const CONTROL = /[\u0000-\u001F\u007F\u2028\u2029]/g
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }

function hex(char: string): string {
  return (char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
}

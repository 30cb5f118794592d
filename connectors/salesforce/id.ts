const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/**
 * Whether a text can be an id: 15 characters, or 18 of which the last three say which of the others are capitals, five for
 * each. One that cannot be would make the vendor refuse a whole query.
 */
export function isId(text: string): boolean {
  if (/^[A-Za-z0-9]{15}$/.test(text)) return true
  if (!/^[A-Za-z0-9]{18}$/.test(text)) return false
  const chunks = text.slice(0, 15).match(/.{5}/g) ?? []
  return text.slice(15) === chunks.map((chunk) => CHECK[capitals(chunk)]).join('')
}

function capitals(chunk: string): number {
  return chunk.split('').reduce((bits, char, i) => (/[A-Z]/.test(char) ? bits + 2 ** i : bits), 0)
}

/** Ids come in both lengths; the first 15 characters decide. */
export function sameId(a: string, b: string): boolean {
  return a.slice(0, 15) === b.slice(0, 15)
}

import type { Row, Value } from './port.ts'

/** A row is an object: of two columns with one name the first would be lost without a word. */
export function assertDistinct(names: readonly string[], sql: string): void {
  if (new Set(names).size !== names.length)
    throw new TypeError(`two columns have the same name (${names.join(', ')}), give an alias: ${sql}`)
}

/** @throws RangeError for a whole number that the driver had to round. */
export function toRow(names: readonly string[], values: ArrayLike<unknown>): Row {
  const row: Record<string, Value> = {}
  for (let i = 0; i < names.length; i++) {
    const value = values[i]
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
      throw new RangeError(`column ${names[i]} holds a whole number beyond 2^53, which was rounded`)
    row[names[i]!] = typeof value === 'object' && value !== null ? toBytes(value) : (value as Value)
  }
  return row
}

/** One type for blobs, whether a driver gives a Buffer or an ArrayBuffer. */
function toBytes(value: object): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (value instanceof Uint8Array) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  throw new TypeError('the driver gave a value that is none')
}

import { VendorError } from '@throughline/sdk'

/** A place in the order of changes: everything up to and including this time and id has been seen. */
export interface Position {
  readonly time: number
  readonly id: string
}

export type CompareIds = (a: string, b: string) => number

export const START: Position = { time: 0, id: '' }

export function comparePositions(compareIds: CompareIds, a: Position, b: Position): number {
  return a.time - b.time || (a.id === b.id ? 0 : a.id === '' ? -1 : b.id === '' ? 1 : compareIds(a.id, b.id))
}

/** Throws a `VendorError` that says never, for text that is no list of whole numbers and texts. */
export function readCursor(text: string, length: number): readonly (number | string)[] {
  try {
    const parts = JSON.parse(text) as unknown
    const isPart = (part: unknown): part is number | string => Number.isSafeInteger(part) || typeof part === 'string'
    if (Array.isArray(parts) && parts.length === length && parts.every(isPart)) return parts
  } catch (cause) {
    throw new VendorError('reject', 'The stored cursor cannot be read', { cause })
  }
  throw new VendorError('reject', 'The stored cursor is none of this connector')
}

export function positionAt(parts: readonly (number | string)[], from: number): Position {
  const [time, id] = parts.slice(from)
  if (typeof time !== 'number' || typeof id !== 'string') throw new VendorError('reject', 'The stored cursor is none of this connector')
  return { time, id }
}

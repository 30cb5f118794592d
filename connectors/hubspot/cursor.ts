import { compareNumeric, VendorError } from '@throughline/sdk'
import { asObject } from './problem.ts'

/**
 * The search index lags "a few moments" behind writes (vendor's words), so a change can appear after a later one. The
 * stored cursor therefore stays this far behind the vendor's clock, and what is newer repeats on the next pull.
 */
export const OVERLAP_MS = 5_000

/** A place in the order of changes: everything up to and including this time and id has been seen. */
export interface Position {
  readonly time: number
  readonly id: string
}

/** The rolling pass over archived objects, which the search never returns and the list gives in id order. */
export interface Sweep {
  /** Vendor time at which the last whole pass began: whatever was archived before it has been seen. `null` before the first. */
  readonly since: number | null
  /** Vendor time at which the current pass began. */
  readonly began: number
  /** Where the current pass goes on; `null` when a new one is due. */
  readonly after: string | null
}

export interface Cursor extends Position {
  readonly sweep: Sweep
}

export const START: Cursor = { time: 0, id: '0', sweep: { since: null, began: 0, after: null } }

export function comparePositions(a: Position, b: Position): number {
  return a.time - b.time || compareNumeric(a.id, b.id)
}

export function writeCursor({ time, id, sweep }: Cursor): string {
  return JSON.stringify([time, id, sweep.since, sweep.began, sweep.after])
}

/** Throws a `VendorError` that says never, for text that `writeCursor` did not write. */
export function readCursor(text: string | null): Cursor {
  if (text === null) return START
  try {
    const [time, id, since, began, after] = JSON.parse(text) as unknown[]
    const whole = (value: unknown): value is number => Number.isSafeInteger(value)
    if (whole(time) && typeof id === 'string' && /^\d+$/.test(id) && (since === null || whole(since)) && whole(began)) {
      if (after === null || typeof after === 'string') return { time, id, sweep: { since, began, after } }
    }
  } catch (cause) {
    throw new VendorError('reject', 'Not a cursor of the HubSpot connector', { cause })
  }
  throw new VendorError('reject', 'Not a cursor of the HubSpot connector')
}

/** The vendor's paging token of an answer, or `null` on the last page. */
export function nextOf(answer: Readonly<Record<string, unknown>>): string | null {
  const after = asObject(asObject(answer.paging).next).after
  return typeof after === 'string' && after !== '' ? after : null
}

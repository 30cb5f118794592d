import type { createQuery } from '../db/query.ts'

export type Query = ReturnType<typeof createQuery>

/** Which part of a list is wanted. `after` is the key of the last item of the part before, `null` for the first part. */
export interface Ask {
  /** At least 1. */
  readonly limit: number
  readonly after: string | number | null
}

/** Part of a list, newest first. `next` is the `after` of the following part, `null` at the end. */
export interface Slice<T> {
  readonly items: readonly T[]
  readonly next: string | number | null
}

/** Of `limit + 1` rows read, those asked for; the one too many only says that there is more. */
export function slice<R, T>(rows: readonly R[], limit: number, key: (row: R) => string | number, show: (row: R) => T): Slice<T> {
  const shown = rows.slice(0, limit)
  return { items: shown.map(show), next: rows.length > limit ? key(shown.at(-1)!) : null }
}

/** JSON that the hub itself stored; `null` stays `null`. */
export function parsed(text: string | null): unknown {
  return text === null ? null : (JSON.parse(text) as unknown)
}

/** A vendor's text as JSON where it is JSON, else as it stands. */
export function readable(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

import type { Version } from './types.ts'

/** Objects by id, and a page of them in the numeric order of ids. */
export interface Objects {
  readonly size: number
  get(id: string): Version | undefined
  put(version: Version): void
  delete(id: string): boolean
  values(): Iterable<Version>
  /** At most `limit` from the id `from` on. */
  page(from: number, limit: number): { readonly versions: readonly Version[]; readonly more: boolean }
}

export function createObjects(): Objects {
  const byId = new Map<string, Version>()
  /** Sorted; `null` after objects came or went. */
  let ids: string[] | null = []
  return {
    get size() {
      return byId.size
    },
    get: (id) => byId.get(id),
    put(version) {
      if (!byId.has(version.id)) {
        // New ids are the highest, unless something was restored.
        if (ids && Number(ids.at(-1) ?? 0) < Number(version.id)) ids.push(version.id)
        else ids = null
      }
      byId.set(version.id, version)
    },
    delete(id) {
      const had = byId.delete(id)
      if (had) ids = null
      return had
    },
    values: () => byId.values(),
    page(from, limit) {
      ids ??= [...byId.keys()].sort((a, b) => Number(a) - Number(b))
      let low = 0
      let high = ids.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (Number(ids[middle]) < from) low = middle + 1
        else high = middle
      }
      const versions = ids.slice(low, low + limit).flatMap((id) => byId.get(id) ?? [])
      return { versions, more: low + limit < ids.length }
    },
  }
}

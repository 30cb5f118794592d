import type { Settings, Version } from './types.ts'

/** What the search sees: the objects as they were a moment ago. */
export interface SearchIndex {
  add(version: Version): void
  /** Archived objects vanish from the search at once. */
  remove(id: string): void
  /** By modification time; equal times in no useful order. */
  byTime(): readonly Version[]
  byId(): readonly Version[]
}

/** Waiting longer than this for a search would keep old versions alive for nothing. */
const WAITING = 5_000

export function createSearchIndex(settings: Settings): SearchIndex {
  const current = new Map<string, Version>()
  let waiting: { readonly at: number; readonly version: Version }[] = []
  let times: Version[] = []
  let ids: Version[] | null = []
  let superseded = false

  // The lag is of real time, also while the vendor's clock stands still.
  function catchUp(): void {
    const now = performance.now()
    const due = waiting.filter((entry) => entry.at + settings.indexLagMs <= now).map((entry) => entry.version)
    if (due.length > 0) waiting = waiting.filter((entry) => entry.at + settings.indexLagMs > now)
    for (const version of due) {
      if (current.has(version.id)) superseded = true
      current.set(version.id, version)
    }
    if (due.length === 0 && !superseded) return
    if (superseded) times = times.filter((version) => current.get(version.id) === version)
    const fresh = due.filter((version) => current.get(version.id) === version).sort(inTime)
    const last = times.at(-1)
    const appends = !last || !fresh[0] || inTime(last, fresh[0]) < 0
    for (const version of fresh) times.push(version)
    if (!appends) times.sort(inTime)
    ids = null
    superseded = false
  }

  return {
    add(version) {
      waiting.push({ at: performance.now(), version })
      if (waiting.length % WAITING === 0) catchUp()
    },
    remove(id) {
      waiting = waiting.filter((entry) => entry.version.id !== id)
      if (current.delete(id)) superseded = true
    },
    byTime() {
      catchUp()
      return times
    },
    byId() {
      catchUp()
      ids ??= [...times].sort((a, b) => Number(a.id) - Number(b.id))
      return ids
    },
  }
}

function inTime(a: Version, b: Version): number {
  return a.updatedAt - b.updatedAt || scramble(a.id) - scramble(b.id)
}

/** A fixed order that has nothing to do with the order of ids. */
function scramble(id: string): number {
  return Math.imul(Number(id), 0x9e3779b1) >>> 0
}

import { KINDS } from './kinds.ts'
import { isKnown } from './properties.ts'
import { Refusal } from './refusal.ts'
import type { SearchIndex } from './search-index.ts'
import type { ObjectType, Settings, Version } from './types.ts'

interface Filter {
  readonly propertyName?: unknown
  readonly operator?: unknown
  readonly value?: unknown
  readonly values?: unknown
}

type Test = (version: Version) => boolean
interface Bounds {
  from: number
  to: number
}
interface Group {
  readonly tests: readonly Test[]
  /** The times that can match; a group without other tests matches all of them. */
  readonly time: Bounds
}

const CAP = 10_000

/** Answers a search body from the index, with the vendor's limits. */
export function search(type: ObjectType, index: SearchIndex, body: Readonly<Record<string, unknown>>, text: string, settings: Settings) {
  if (text.length > 3_000) throw invalid('Search body is longer than 3000 characters')
  const limit = body.limit === undefined ? 10 : Number(body.limit)
  if (!(limit >= 1 && limit <= 200)) throw invalid('limit must be between 1 and 200')
  const offset = Number(body.after ?? 0)
  if (!Number.isInteger(offset) || offset < 0) throw invalid('after must be an integer')
  if (offset + limit > CAP) throw invalid('Paging beyond 10000 results is not supported')
  const groups = groupsOf(type, body.filterGroups, settings)
  const { name, descending } = sortOf(body.sorts)
  const hits =
    name === KINDS[type].modified && !descending
      ? inTime(index.byTime(), groups, offset, limit)
      : inOrder(sorted(type, index, name, descending), groups, offset, limit)
  const end = offset + limit
  return { ...hits, paging: end < hits.total ? { next: { after: String(end) } } : undefined }
}

/** Times are sorted, so everything outside the groups' bounds is passed over, and counting need not look at each. */
function inTime(all: readonly Version[], groups: readonly Group[], offset: number, limit: number) {
  const first = lowerBound(all, Math.min(...groups.map((group) => group.time.from)))
  const last = lowerBound(all, Math.max(...groups.map((group) => group.time.to)))
  // From here on some group matches whatever comes, up to `last`.
  const certainFrom = Math.min(
    ...groups.filter((group) => group.tests.length === 0 && group.time.to === Infinity).map((group) => group.time.from),
  )
  const certain = Math.max(first, Math.min(last, lowerBound(all, certainFrom)))
  const results: Version[] = []
  let total = 0
  for (let at = first; at < last; at += 1) {
    if (at >= certain && total >= offset + limit) {
      total += last - at
      break
    }
    const version = all[at]!
    if (at < certain && !matches(groups, version)) continue
    if (total >= offset && total < offset + limit) results.push(version)
    total += 1
  }
  return { total, results }
}

function inOrder(all: readonly Version[], groups: readonly Group[], offset: number, limit: number) {
  const found = all.filter((version) => matches(groups, version))
  return { total: found.length, results: found.slice(offset, offset + limit) }
}

function matches(groups: readonly Group[], version: Version): boolean {
  return groups.some(
    ({ tests, time }) => version.updatedAt >= time.from && version.updatedAt < time.to && tests.every((test) => test(version)),
  )
}

function groupsOf(type: ObjectType, given: unknown, settings: Settings): Group[] {
  const groups = Array.isArray(given) ? given : []
  if (groups.length > 5) throw invalid('At most 5 filterGroups')
  const filters = groups.map((group: { filters?: unknown }) => (Array.isArray(group.filters) ? (group.filters as Filter[]) : []))
  if (filters.some((list) => list.length > 6) || filters.flat().length > 18) throw invalid('Too many filters')
  const strange = filters.flat().find((filter) => !isKnown(type, String(filter.propertyName), settings))
  if (strange) throw invalid(`Property "${String(strange.propertyName)}" does not exist`)
  if (filters.length === 0) return [{ tests: [], time: { from: -Infinity, to: Infinity } }]
  return filters.map((list) => {
    const time = { from: -Infinity, to: Infinity }
    const tests = list.flatMap((filter) => testOf(type, filter, time))
    return { tests, time }
  })
}

/** A test, or nothing where narrowing the times says it all. Times are whole milliseconds. */
function testOf(type: ObjectType, filter: Filter, time: Bounds): Test[] {
  const name = String(filter.propertyName)
  const value = String(filter.value)
  if (name === KINDS[type].modified) {
    const at = /^-?\d+$/.test(value) ? Number(value) : Date.parse(value)
    if (Number.isNaN(at)) throw invalid(`${value} is not a time`)
    const [from, to] = { EQ: [at, at + 1], GT: [at + 1, Infinity], GTE: [at, Infinity], LT: [-Infinity, at], LTE: [-Infinity, at + 1] }[
      String(filter.operator) as 'EQ' | 'GT' | 'GTE' | 'LT' | 'LTE'
    ] ?? [undefined, undefined]
    if (from === undefined || to === undefined) throw invalid(`Unsupported operator ${String(filter.operator)} on a time`)
    time.from = Math.max(time.from, from)
    time.to = Math.min(time.to, to)
    return []
  }
  const read = (version: Version): string => (name === 'hs_object_id' ? version.id : (version.properties[name] ?? '').toLowerCase())
  const compare = (version: Version): number =>
    name === 'hs_object_id'
      ? Number(version.id) - Number(value)
      : read(version) < value.toLowerCase()
        ? -1
        : read(version) > value.toLowerCase()
          ? 1
          : 0
  switch (filter.operator) {
    case 'EQ':
      return [(version) => compare(version) === 0]
    case 'GT':
      return [(version) => compare(version) > 0]
    case 'GTE':
      return [(version) => compare(version) >= 0]
    case 'LT':
      return [(version) => compare(version) < 0]
    case 'LTE':
      return [(version) => compare(version) <= 0]
    case 'IN': {
      // The vendor wants lower-case values here; others never match.
      const values = new Set((Array.isArray(filter.values) ? filter.values : []).map(String))
      return [(version) => values.has(read(version))]
    }
    case 'HAS_PROPERTY':
      return [(version) => read(version) !== '']
    default:
      throw invalid(`Unsupported operator ${String(filter.operator)}`)
  }
}

function sortOf(sorts: unknown): { name: string | undefined; descending: boolean } {
  const list = Array.isArray(sorts) ? sorts : []
  if (list.length > 1) throw invalid('Only one sort is supported')
  const first: unknown = list[0]
  if (typeof first !== 'object' || first === null) return { name: typeof first === 'string' ? first : undefined, descending: false }
  const { propertyName, direction } = first as { propertyName?: unknown; direction?: unknown }
  return { name: String(propertyName), descending: direction === 'DESCENDING' }
}

function sorted(type: ObjectType, index: SearchIndex, name: string | undefined, descending: boolean): readonly Version[] {
  const rising =
    name === undefined || name === 'hs_object_id' || name === 'createdate'
      ? index.byId()
      : name === KINDS[type].modified
        ? index.byTime()
        : index.byId().toSorted((a, b) => ((a.properties[name] ?? '') < (b.properties[name] ?? '') ? -1 : 1))
  return descending ? rising.toReversed() : rising
}

function lowerBound(all: readonly Version[], time: number): number {
  let low = 0
  let high = all.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (all[middle]!.updatedAt < time) low = middle + 1
    else high = middle
  }
  return low
}

function invalid(message: string): Refusal {
  return new Refusal(400, 'VALIDATION_ERROR', message)
}

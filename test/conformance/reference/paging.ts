import type { Page } from '@throughline/sdk'
import type { Has } from './defects.ts'
import { toRecord } from './stream.ts'
import { answered, type Call } from './wire.ts'
import { vendorLimits } from './vendor.ts'

const overlapMs = 2_000

interface Position {
  readonly time: number
  readonly id: string
}

interface Row {
  readonly id: string
  readonly modified: string
}

export function createPaging(call: Call, now: () => number, has: Has) {
  async function rows(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Row[]> {
    const body = answered(await call('GET', `${path}?${new URLSearchParams(query).toString()}`, undefined, signal), has)
    return (body['objects'] ?? []) as Row[]
  }

  return {
    async *pull(cursor: string | null, signal: AbortSignal): AsyncGenerator<Page> {
      const from = cursor === null ? { time: 0, id: '' } : (JSON.parse(cursor) as Position)
      let at: Position = { time: Math.max(0, from.time - overlapMs), id: '' }
      let furthest = from
      for (let offset = 0; ; offset += vendorLimits.page) {
        const query: Record<string, string> = has('pulls by offset')
          ? { since: String(Math.max(0, from.time - overlapMs)), offset: String(offset) }
          : { since: String(at.time), after: at.id }
        const found = await rows('/people/changes', query, signal)
        const last = found.at(-1)
        if (last) {
          at = { time: Date.parse(last.modified), id: has('skips equal times') ? '~' : last.id }
          if (has('never moves on')) at = { time: 0, id: '' }
          if (at.time >= furthest.time) furthest = at
        }
        const caughtUp = found.length < vendorLimits.page
        if (caughtUp && has('jumps ahead when idle')) furthest = { time: now() + 60_000, id: '' }
        const records = found.map((row) => toRecord(row, has))
        yield { records: has('pulls newest first') ? records.toReversed() : records, cursor: JSON.stringify(furthest) }
        if (caughtUp) return
      }
    },

    async *list(after: string | null, signal: AbortSignal): AsyncGenerator<Page> {
      let last = has('ignores where to take up a list') ? '' : (after ?? '')
      const start = last
      if (after === null && has('lists a stranger when empty')) {
        const first = await rows('/people/list', {}, signal)
        if (first.length === 0)
          yield { records: [toRecord({ id: 'p0', modified: new Date(0).toISOString(), fields: {} }, has)], cursor: 'p0' }
      }
      for (let offset = 0; ; offset += vendorLimits.page) {
        const found = await rows(
          '/people/list',
          has('lists by offset') ? { after: start, offset: String(offset) } : { after: last },
          signal,
        )
        last = found.at(-1)?.id ?? last
        const ordered = has('lists in order of change') ? found.toSorted((a, b) => Date.parse(b.modified) - Date.parse(a.modified)) : found
        yield { records: ordered.map((row) => toRecord(row, has)), cursor: last }
        if (found.length < vendorLimits.page) return
      }
    },
  }
}

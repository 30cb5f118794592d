import { and, desc, eq, lt, type SQL } from 'drizzle-orm'
import { effects, events } from '../db/schema.ts'
import { readable, slice, type Ask, type Query, type Slice } from './slice.ts'

/** What became of an event; `null` while no stage has come to it. */
export interface EffectView {
  readonly kind: string
  readonly reason: string
  readonly recordId: string | null
}

export interface EventView {
  readonly seq: number
  readonly id: string
  readonly source: string
  readonly type: string
  readonly stream: string
  readonly externalId: string
  /** The vendor's own time, as text. */
  readonly time: string | null
  readonly receivedAt: number
  readonly effect: EffectView | null
}

export interface EventDetail extends EventView {
  readonly lane: number
  readonly requestId: string | null
  readonly data: unknown
}

export interface EventFilter {
  readonly source?: string
  readonly type?: string
  readonly effect?: string
}

const columns = {
  seq: events.seq,
  id: events.id,
  source: events.source,
  type: events.type,
  stream: events.stream,
  externalId: events.externalId,
  time: events.time,
  receivedAt: events.receivedAt,
  kind: effects.kind,
  reason: effects.reason,
  recordId: effects.recordId,
}

type EventRow = Omit<EventView, 'effect'> & {
  readonly kind: string | null
  readonly reason: string | null
  readonly recordId: string | null
}

export async function listEvents(query: Query, filter: EventFilter, ask: Ask): Promise<Slice<EventView>> {
  const where: SQL[] = []
  if (ask.after !== null) where.push(lt(events.seq, Number(ask.after)))
  if (filter.source !== undefined) where.push(eq(events.source, filter.source))
  if (filter.type !== undefined) where.push(eq(events.type, filter.type))
  if (filter.effect !== undefined) where.push(eq(effects.kind, filter.effect))
  const rows = await query
    .select(columns)
    .from(events)
    .leftJoin(effects, eq(effects.event, events.seq))
    .where(and(...where))
    .orderBy(desc(events.seq))
    .limit(ask.limit + 1)
  return slice(rows, ask.limit, (row) => row.seq, show)
}

/** By id or by `seq`. */
export async function oneEvent(query: Query, key: string | number): Promise<EventDetail | null> {
  const rows = await query
    .select({ ...columns, lane: events.lane, requestId: events.requestId, body: events.body })
    .from(events)
    .leftJoin(effects, eq(effects.event, events.seq))
    .where(typeof key === 'number' ? eq(events.seq, key) : eq(events.id, key))
    .limit(1)
  const row = rows[0]
  return row ? { ...show(row), lane: row.lane, requestId: row.requestId, data: readable(row.body) } : null
}

function show(row: EventRow): EventView {
  const { seq, id, source, type, stream, externalId, time, receivedAt, kind, reason, recordId } = row
  const effect = kind === null ? null : { kind, reason: reason ?? '', recordId }
  return { seq, id, source, type, stream, externalId, time, receivedAt, effect }
}

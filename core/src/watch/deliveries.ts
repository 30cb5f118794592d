import { and, desc, eq, lt, type SQL } from 'drizzle-orm'
import { deliveries } from '../db/schema.ts'
import { parsed, slice, type Ask, type Query, type Slice } from './slice.ts'

export const DELIVERY_STATES = ['pending', 'claimed', 'waiting', 'unknown', 'done', 'dead', 'superseded', 'void'] as const

export interface DeliveryView {
  readonly id: string
  readonly recordId: string
  readonly connection: string
  readonly stream: string
  readonly externalId: string | null
  readonly state: string
  /** `null` until it is claimed. */
  readonly operation: string | null
  readonly attempt: number
  readonly why: string | null
  /** `seq` of the event behind it. */
  readonly event: number | null
  readonly createdAt: number
  readonly nextAt: number
  readonly settledAt: number | null
}

export interface DeliveryDetail extends DeliveryView {
  /** Idempotency key, once claimed. */
  readonly key: string | null
  /** field → { value, remote, raw }, once claimed. */
  readonly payload: unknown
  /** The last exchange with the vendor; kept where it did not go well. */
  readonly exchange: unknown
}

export interface DeliveryFilter {
  readonly state?: string
  readonly connection?: string
  readonly event?: number
}

const columns = {
  id: deliveries.id,
  recordId: deliveries.recordId,
  connection: deliveries.connection,
  stream: deliveries.stream,
  externalId: deliveries.externalId,
  state: deliveries.state,
  operation: deliveries.operation,
  attempt: deliveries.attempt,
  why: deliveries.why,
  event: deliveries.event,
  createdAt: deliveries.createdAt,
  nextAt: deliveries.nextAt,
  settledAt: deliveries.settledAt,
}

export async function listDeliveries(query: Query, filter: DeliveryFilter, ask: Ask): Promise<Slice<DeliveryView>> {
  const where: SQL[] = []
  if (ask.after !== null) where.push(lt(deliveries.id, String(ask.after)))
  if (filter.state !== undefined) where.push(eq(deliveries.state, filter.state))
  if (filter.connection !== undefined) where.push(eq(deliveries.connection, filter.connection))
  if (filter.event !== undefined) where.push(eq(deliveries.event, filter.event))
  const rows = await query
    .select(columns)
    .from(deliveries)
    .where(and(...where))
    .orderBy(desc(deliveries.id))
    .limit(ask.limit + 1)
  return slice(
    rows,
    ask.limit,
    (row) => row.id,
    (row) => row,
  )
}

export async function oneDelivery(query: Query, id: string): Promise<DeliveryDetail | null> {
  const [row] = await query
    .select({ ...columns, key: deliveries.key, payload: deliveries.payload, exchange: deliveries.exchange })
    .from(deliveries)
    .where(eq(deliveries.id, id))
    .limit(1)
  return row ? { ...row, payload: parsed(row.payload), exchange: parsed(row.exchange) } : null
}

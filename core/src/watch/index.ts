import type { Clock } from '../clock.ts'
import { createQuery } from '../db/query.ts'
import type { Store } from '../db/store.ts'
import { listConnections, type ConnectionView } from './connections.ts'
import { listDeliveries, oneDelivery, type DeliveryDetail, type DeliveryFilter, type DeliveryView } from './deliveries.ts'
import { listEvents, oneEvent, type EventDetail, type EventFilter, type EventView } from './events.ts'
import { readFigures, type Figures } from './figures.ts'
import { listRecords, oneRecord, type RecordDetail, type RecordFilter, type RecordView } from './records.ts'
import type { Ask, Slice } from './slice.ts'
import { listAudit, listExceptions, type AuditFilter, type AuditView, type ExceptionFilter, type ExceptionView } from './trouble.ts'

export { DELIVERY_STATES } from './deliveries.ts'
export type {
  Ask,
  AuditFilter,
  AuditView,
  ConnectionView,
  DeliveryDetail,
  DeliveryFilter,
  DeliveryView,
  EventDetail,
  EventFilter,
  EventView,
  ExceptionFilter,
  ExceptionView,
  Figures,
  RecordDetail,
  RecordFilter,
  RecordView,
  Slice,
}

/** What a person or a program may look at. It only reads, in slices; lists are newest first. */
export interface Watch {
  records(filter: RecordFilter, ask: Ask): Promise<Slice<RecordView>>
  record(id: string): Promise<RecordDetail | null>
  events(filter: EventFilter, ask: Ask): Promise<Slice<EventView>>
  /** By id, or by `seq`. */
  event(key: string | number): Promise<EventDetail | null>
  deliveries(filter: DeliveryFilter, ask: Ask): Promise<Slice<DeliveryView>>
  delivery(id: string): Promise<DeliveryDetail | null>
  connections(): Promise<readonly ConnectionView[]>
  exceptions(filter: ExceptionFilter, ask: Ask): Promise<Slice<ExceptionView>>
  audit(filter: AuditFilter, ask: Ask): Promise<Slice<AuditView>>
  figures(): Promise<Figures>
}

export function createWatch(store: Store, node: string, clock: Clock): Watch {
  const query = createQuery(store)
  return {
    records: (filter, ask) => listRecords(query, filter, ask),
    record: (id) => oneRecord(query, id),
    events: (filter, ask) => listEvents(query, filter, ask),
    event: (key) => oneEvent(query, key),
    deliveries: (filter, ask) => listDeliveries(query, filter, ask),
    delivery: (id) => oneDelivery(query, id),
    connections: () => listConnections(store),
    exceptions: (filter, ask) => listExceptions(query, filter, ask),
    audit: (filter, ask) => listAudit(query, filter, ask),
    figures: () => readFigures(store, node, clock),
  }
}

import type {
  AuditView,
  ConnectionView,
  DeliveryDetail,
  DeliveryView,
  EventDetail,
  EventView,
  ExceptionView,
  RecordDetail,
  RecordView,
} from '@throughline/core'

/** Times go out as RFC 3339 in UTC. */
export function time(ms: number): string {
  return new Date(ms).toISOString()
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : time(ms)
}

export function showEvent(event: EventView): object {
  const { seq, id, source, type, stream, externalId, receivedAt, effect } = event
  return { seq, id, source, type, subject: { stream, externalId }, time: event.time, receivedAt: time(receivedAt), effect }
}

export function showEventDetail(event: EventDetail): object {
  return { ...showEvent(event), lane: event.lane, request: event.requestId, data: event.data }
}

export function showDelivery(delivery: DeliveryView): object {
  const { id, recordId, connection, stream, externalId, state, operation, attempt, why, event } = delivery
  return {
    id,
    record: recordId,
    connection,
    stream,
    externalId,
    state,
    operation,
    attempt,
    why,
    event,
    createdAt: time(delivery.createdAt),
    nextAt: time(delivery.nextAt),
    settledAt: timeOrNull(delivery.settledAt),
  }
}

export function showDeliveryDetail(delivery: DeliveryDetail): object {
  return { ...showDelivery(delivery), key: delivery.key, payload: delivery.payload, exchange: delivery.exchange }
}

export function showRecord(record: RecordView): object {
  const { id, entity, version, fields, createdAt, updatedAt } = record
  const shown = Object.entries(fields).map(([field, { value, system, actor, event, at, changedAt }]) => [
    field,
    { value, system, actor, event, at: time(at), changedAt: time(changedAt) },
  ])
  return { id, entity, version, fields: Object.fromEntries(shown), createdAt: time(createdAt), updatedAt: time(updatedAt) }
}

export function showRecordDetail(record: RecordDetail): object {
  return {
    ...showRecord(record),
    identities: record.identities,
    links: record.links.map((link) => ({ ...link, remoteAt: timeOrNull(link.remoteAt) })),
    history: record.history.map((version) => ({ ...version, at: time(version.at) })),
  }
}

export function showConnection(connection: ConnectionView): object {
  const { name, connector, paused, breaker, blockedUntil, queue, streams, trouble } = connection
  return {
    name,
    connector,
    paused,
    breaker: { status: breaker.status, since: time(breaker.since), until: breaker.status === 'closed' ? null : time(breaker.until) },
    blockedUntil: blockedUntil === 0 ? null : time(blockedUntil),
    trouble: trouble === null ? null : { at: time(trouble.at), why: trouble.why },
    queue,
    streams: streams.map(({ name: stream, caughtUpAt, nextPollAt }) => ({
      name: stream,
      caughtUpAt: timeOrNull(caughtUpAt),
      nextPollAt: time(nextPollAt),
    })),
  }
}

export function showException(exception: ExceptionView): object {
  const { recordId, firstAt, lastAt, ...rest } = exception
  return { ...rest, record: recordId, firstAt: time(firstAt), lastAt: time(lastAt) }
}

export function showAudit(entry: AuditView): object {
  return { ...entry, at: time(entry.at) }
}

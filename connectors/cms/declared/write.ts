import type { Delivery, Exchange, WriteResult } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import { conflict, done, failed, oneByOne, tombstone } from '../shared/results.ts'
import type { DeclaredClient } from './client.ts'
import { putAt, valueAt } from './pointer.ts'
import { read } from './read.ts'
import type { DeclaredStream } from './stream.ts'

/** One call for each delivery. Never throws and never repeats a write. */
export function write(
  client: DeclaredClient,
  stream: DeclaredStream,
  deliveries: readonly Delivery[],
  signal: AbortSignal,
): Promise<readonly WriteResult[]> {
  return oneByOne(deliveries, async (delivery) => {
    const route = stream.described[delivery.operation]
    const impossible = (why: string): WriteResult => ({ next: 'reject', why, exchange: unsent(delivery) })
    if ('because' in route) return impossible(route.because)
    const field = stream.unwritable(delivery.patch)
    if (field !== null) return impossible(`${client.voice.name} does not write ${field}: map it inwards only`)
    const id = delivery.externalId ?? ''
    const url = client.url(route, {}, { id })
    const answer = await client.fetch(
      route.method,
      url,
      delivery.operation === 'delete' ? undefined : bodyOf(stream, delivery, route.into),
      signal,
    )
    const { exchange } = answer
    const verdict = classify(client.voice, answer, client.now())
    if (verdict.kind !== 'ok') {
      const mayBeGone = delivery.externalId !== null && stream.described.gone.includes(exchange.status ?? 0)
      if (!mayBeGone || !(await isGone(client, stream, id, signal))) return failed(verdict, exchange)
      return delivery.operation === 'delete' ? done(id, null, false, exchange) : conflict(tombstone(id), verdict.why, exchange)
    }
    if (delivery.operation === 'delete') return done(id, null, false, exchange)
    const raw = stream.record(valueAt(answer.body, route.record ?? ''))
    if (raw === null || (delivery.externalId !== null && raw.id !== delivery.externalId)) {
      return { next: 'unknown', why: `${client.voice.name} answered, but not about this object`, exchange }
    }
    if (raw.state === 'deleted') return conflict(raw, 'the object is in the trash', exchange)
    return done(raw.id, raw, delivery.operation === 'create', exchange)
  })
}

function bodyOf(stream: DeclaredStream, delivery: Delivery, into = ''): unknown {
  const { marker } = stream.described
  const isMarked = delivery.operation === 'create' && marker !== undefined
  const fields = stream.encode(isMarked ? { ...delivery.patch, [marker]: delivery.recordId } : delivery.patch)
  if (into === '') return fields
  const body: Record<string, unknown> = {}
  putAt(body, into, fields)
  return body
}

/** Some systems answer the same for what is missing and for what one may not see; a reading tells them apart. */
async function isGone(client: DeclaredClient, stream: DeclaredStream, id: string, signal: AbortSignal): Promise<boolean> {
  const found = await read(client, stream, [id], signal).catch(() => null)
  return found?.get(id) === null
}

function unsent(delivery: Delivery): Exchange {
  return { method: '', path: '', request: JSON.stringify(delivery.patch), status: null, answer: '' }
}

import type { Json } from '@throughline/contracts'
import type { RawRecord } from '@throughline/sdk'
import type { Row } from '../db/port.ts'
import { snapshotHash } from '../intake/snapshot.ts'
import type { Route, Routes } from './routes.ts'

export interface EventRow extends Row {
  readonly seq: number
  readonly source: string
  readonly type: string
  readonly stream: string
  readonly external_id: string
  readonly lane: number
  readonly received_at: number
  readonly as_of: number | null
  readonly body: string
}

/** An event of the log, decoded as far as it can be without looking at any state. Pure. */
export type Understood =
  | { readonly kind: 'thin'; readonly event: EventRow }
  | { readonly kind: 'gone'; readonly event: EventRow; readonly raw: RawRecord; readonly route: Route; readonly hash: string }
  | {
      readonly kind: 'state'
      readonly event: EventRow
      readonly raw: RawRecord
      readonly route: Route
      readonly hash: string
      readonly remote: Readonly<Record<string, unknown>>
      readonly values: Readonly<Record<string, Json>>
      readonly identities: readonly (readonly [kind: string, value: string])[]
      /** The record id that the object itself carries, if it does. */
      readonly recordId: string | null
    }
  | { readonly kind: 'unreadable'; readonly event: EventRow; readonly why: string; readonly detail: Json }

export function understand(event: EventRow, routes: Routes): Understood {
  if (event.type === 'signal.unreadable')
    return { kind: 'unreadable', event, why: 'The webhook item could not be understood.', detail: null }
  const route = routes.of(event.source, event.stream)
  if (!route) return { kind: 'unreadable', event, why: `No mapping for ${event.source}.${event.stream}.`, detail: null }
  if (event.type !== 'snapshot') return { kind: 'thin', event }
  const raw = JSON.parse(event.body) as RawRecord
  const hash = snapshotHash(raw)
  if (raw.state === 'deleted') return { kind: 'gone', event, raw, route, hash }
  const remote = route.stream.decode(raw)
  const { values, problems } = route.mapping.toCanonical(remote)
  const broken = problems.length > 0 ? problems : route.contract.validate(values)
  if (broken.length > 0) {
    // Pointers and rules only: what was got may be personal.
    const detail = broken
      .slice(0, 20)
      .map((problem) => ({ pointer: problem.pointer, code: problem.code, expected: String(problem.expected) }))
    return { kind: 'unreadable', event, why: `The object breaks the contract of ${route.mapping.entity}.`, detail }
  }
  const identities: [string, string][] = []
  for (const { kind, field } of route.contract.identities) {
    const mapped = route.mapping.fields.find((candidate) => candidate.field === field)
    const value = values[field]
    if (!mapped || typeof value !== 'string' || value === '' || !route.mapping.match.includes(kind)) continue
    identities.push([kind, String(mapped.codec.normal(value))])
  }
  const key = route.keyProperty === null ? null : remote[route.keyProperty]
  return {
    kind: 'state',
    event,
    raw,
    route,
    hash,
    remote,
    values,
    identities,
    recordId: typeof key === 'string' && key !== '' ? key : null,
  }
}

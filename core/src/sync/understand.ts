import type { Json } from '@throughline/contracts'
import type { RawRecord } from '@throughline/sdk'
import type { Row } from '../db/port.ts'
import { snapshotHash } from '../log/snapshot.ts'
import type { Route, Routes } from '../routes.ts'

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
      /** Fields whose value could not be read: absent from `values`, so that nothing is made of them. Never the value itself. */
      readonly problems: readonly { readonly pointer: string; readonly code: string; readonly expected: string }[]
      /** Every identity the object shows; `matches` says whether the mapping looks for records by it. */
      readonly identities: readonly { readonly kind: string; readonly value: string; readonly matches: boolean }[]
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
  const { values, problems } = readFields(route, remote)
  const identities: { kind: string; value: string; matches: boolean }[] = []
  for (const { kind, field } of route.contract.identities) {
    const mapped = route.mapping.fields.find((candidate) => candidate.field === field)
    const value = values[field]
    if (!mapped || typeof value !== 'string' || value === '') continue
    identities.push({ kind, value: String(mapped.codec.normal(value)), matches: route.mapping.match.includes(kind) })
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
    problems,
    identities,
    recordId: typeof key === 'string' && key !== '' ? key : null,
  }
}

/** Decodes field by field: one that is broken is left out and told, the others go on. */
function readFields(
  route: Route,
  remote: Readonly<Record<string, unknown>>,
): Pick<Extract<Understood, { kind: 'state' }>, 'values' | 'problems'> {
  const translated = route.mapping.toCanonical(remote)
  const broken = route.contract.validate(translated.values)
  const problems = [...translated.problems, ...broken]
    .slice(0, 20)
    .map(({ pointer, code, expected }) => ({ pointer, code, expected: String(expected) }))
  if (broken.length === 0) return { values: translated.values, problems }
  const bad = new Set(broken.map(({ pointer }) => pointer.split('/')[1]))
  return { values: Object.fromEntries(Object.entries(translated.values).filter(([field]) => !bad.has(field))), problems }
}

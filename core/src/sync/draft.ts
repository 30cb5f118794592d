import type { Json, Mapping } from '@throughline/contracts'
import { equal } from './merge.ts'
import type { LinkState, RecordState } from './state.ts'

/** One field of a payload: the canonical value and what is sent for it. */
export interface DraftField {
  readonly value: Json
  readonly remote: string
  readonly raw: unknown
}

export type Draft = Readonly<Record<string, DraftField>>

/** What a link still has to be told: every outgoing field whose canonical value is not what the link agreed on. Pure. */
export function draft(record: Pick<RecordState, 'fields'>, link: Pick<LinkState, 'agreed'>, mapping: Mapping, isNew: boolean): Draft {
  const out: Record<string, DraftField> = {}
  for (const field of mapping.fields) {
    if (field.direction === 'in') continue
    const value = record.fields[field.field]?.value ?? null
    const agreed = link.agreed[field.field]
    if (agreed === undefined ? value === null && !isNew : equal(field, value, agreed.value)) continue
    const raw = field.codec.encode(value)
    if (agreed === undefined && raw === null) continue
    out[field.field] = { value, remote: field.remote, raw }
  }
  return out
}

/** Whether anything is left to send beside the write that is out already. */
export function isBehind(
  record: Pick<RecordState, 'fields'>,
  link: Pick<LinkState, 'agreed' | 'intents' | 'externalId'>,
  mapping: Mapping,
): boolean {
  if (link.externalId === null) return true
  for (const field of mapping.fields) {
    if (field.direction === 'in') continue
    const value = record.fields[field.field]?.value ?? null
    const told = Object.hasOwn(link.intents, field.field) ? link.intents[field.field]! : (link.agreed[field.field]?.value ?? null)
    if (!equal(field, value, told)) return true
  }
  return false
}

import type { Fields, RawRecord } from '@throughline/sdk'
import { asObject } from './problem.ts'
import { relatedFields } from './related-fields.ts'

/** The custom property, unique by its definition in HubSpot, that holds the hub's record id. */
export const RECORD_ID = 'throughline_id'
/** Ids of the objects that were merged into this one, separated by semicolons. */
export const MERGED_IDS = 'hs_merged_object_ids'

/** One object as an answer gives it, or `null` for something without an id. */
export function recordOf(body: unknown): RawRecord | null {
  const object = asObject(body)
  if (typeof object.id !== 'string' || object.id === '') return null
  const archived = object.archived === true
  const text = archived && typeof object.archivedAt === 'string' ? object.archivedAt : object.updatedAt
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return {
    id: object.id,
    state: archived ? 'deleted' : 'live',
    modifiedAt: Number.isNaN(time) ? null : time,
    modifiedText: typeof text === 'string' ? text : null,
    actor: null,
    body,
  }
}

/** What is left of an object that was merged away: the winner's answer under the loser's id. */
export function mergedAway(id: string, winner: RawRecord): RawRecord {
  return { ...winner, id, state: 'deleted', mergedInto: winner.id }
}

/** The losers that a winner names. */
export function losersOf(winner: RawRecord): RawRecord[] {
  const ids = propertiesOf(winner)[MERGED_IDS]
  if (typeof ids !== 'string') return []
  return ids
    .split(';')
    .map((id) => id.trim())
    .filter((id) => /^\d+$/.test(id) && id !== winner.id)
    .map((id) => mergedAway(id, winner))
}

export function propertiesOf(raw: RawRecord): Record<string, unknown> {
  return asObject(asObject(raw.body).properties)
}

/** HubSpot's values are strings or null, and `''` is how it writes empty. */
export function decode(raw: RawRecord): Fields {
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(propertiesOf(raw))) {
    if (value !== undefined) fields[name] = value === '' ? null : value
  }
  return { ...fields, ...relatedFields(raw) }
}

/** `''` clears a property. */
export function encode(patch: Fields): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const [name, value] of Object.entries(patch)) {
    if (value !== undefined) properties[name] = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  }
  return properties
}

import type { RawRecord } from '@throughline/sdk'
import { asArray, asObject } from './problem.ts'

/** A remote field of this prefix and an object type holds the id of the object of that type which this one belongs to. */
const PREFIX = 'associations.'

export interface End {
  readonly id: string
  readonly primary: boolean
}

export function isRelated(field: string): boolean {
  return field.startsWith(PREFIX)
}

/** Types of objects that such fields name. */
export function relatedTypes(fields: readonly string[]): string[] {
  return fields.filter(isRelated).map((field) => field.slice(PREFIX.length))
}

/** The fields of a record that `withRelated` completed: its primary object of each type, else the oldest, else empty. */
export function relatedFields(raw: RawRecord): Record<string, string | null> {
  const fields: Record<string, string | null> = {}
  for (const [type, value] of Object.entries(asObject(asObject(raw.body).associations))) {
    const ends = asArray(asObject(value).results).map(endOf)
    const oldest = ends.toSorted((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1))[0]
    fields[PREFIX + type] = (ends.find((end) => end.primary) ?? oldest)?.id ?? null
  }
  return fields
}

/** One row of the associations API. */
export function endOf(value: unknown): End {
  const { toObjectId, associationTypes } = asObject(value)
  const primary = asArray(associationTypes)
    .map(asObject)
    .some((type) => type.category === 'HUBSPOT_DEFINED' && type.label === 'Primary')
  return { id: String(toObjectId), primary }
}

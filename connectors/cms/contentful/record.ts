import type { RawRecord } from '@throughline/sdk'
import { asObject, asText, type Json, timeOf } from '../shared/json.ts'
import type { ContentfulConfig } from './config.ts'

/** An entry as Contentful gave it, with what its JSON does not say by itself. */
export interface Entry {
  readonly entry: Json
  /** The locale that the connection reads and writes. */
  readonly locale: string
  /** Mapped fields that the entry has no value for: Contentful leaves empty fields out of what it gives as a whole. */
  readonly empty: Readonly<Record<string, null>>
}

export type RecordOf = (body: unknown) => RawRecord | null

/** Reads whole entries of one content type; `null` for anything else. */
export function createRecordOf(config: ContentfulConfig, fields: readonly string[]): RecordOf {
  const { contentType = 'article', locale = 'en-US' } = config
  const mapped = fields.filter((name) => !name.startsWith('sys.'))
  return (body) => {
    const entry = asObject(body)
    const sys = asObject(entry.sys)
    const id = asText(sys.id)
    if (id === null || sys.type !== 'Entry' || linkId(sys.contentType) !== contentType) return null
    const text = asText(sys.updatedAt)
    const values = asObject(entry.fields)
    const empty = Object.fromEntries(mapped.filter((name) => (asObject(values[name])[locale] ?? null) === null).map((name) => [name, null]))
    const record: Entry = { entry, locale, empty }
    return { id, state: 'live', modifiedAt: timeOf(text), modifiedText: text, actor: linkId(sys.updatedBy), body: record }
  }
}

/** The id in `{sys: {type: 'Link', id}}`. */
export function linkId(link: unknown): string | null {
  return asText(asObject(asObject(link).sys).id)
}

import type { RawRecord } from '@throughline/sdk'
import { asObject, asText, type Json, timeOf } from '../shared/json.ts'
import type { SanityConfig } from './config.ts'
import { isPublishedId } from './ids.ts'

/** A document as Sanity gave it, with what its JSON does not say by itself. */
export interface Document {
  readonly document: Json
  /** Mapped attributes that the document has no value for: Sanity leaves them out of what it gives as a whole. */
  readonly empty: Readonly<Record<string, null>>
}

export type RecordOf = (body: unknown) => RawRecord | null

/** Reads whole published documents of one type; `null` for anything else, drafts and versions among it. */
export function createRecordOf({ type = 'article' }: SanityConfig, fields: readonly string[]): RecordOf {
  return (body) => {
    const document = asObject(body)
    const id = asText(document._id)
    if (id === null || !isPublishedId(id) || document._type !== type) return null
    const text = asText(document._updatedAt)
    const flat = flatten(document)
    const missing = fields.filter((name) => !name.includes(':') && (flat[name] ?? null) === null && !isFilled(document, name))
    const record: Document = { document, empty: Object.fromEntries(missing.map((name) => [name, null])) }
    return { id, state: 'live', modifiedAt: timeOf(text), modifiedText: text, actor: null, body: record }
  }
}

/** Scalars by name, those of an object one level down by `object.name`, as GROQ writes it. Deeper ones and lists are left out. */
export function flatten(document: Json): Readonly<Record<string, unknown>> {
  const flat: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(document)) {
    if (name.startsWith('_') || value === undefined) continue
    if (isScalar(value)) flat[name] = value
    else for (const [inner, held] of Object.entries(asObject(value))) if (isInner(inner) && isScalar(held)) flat[`${name}.${inner}`] = held
  }
  return flat
}

function isInner(name: string): boolean {
  return name === '_ref' || !name.startsWith('_')
}

function isScalar(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null)
}

/** Whether something stands there that is no scalar: then it is not empty, only out of reach. */
function isFilled(document: Json, name: string): boolean {
  const [outer = '', inner] = name.split('.')
  const value = document[outer]
  const held = inner === undefined ? value : Array.isArray(value) ? value : asObject(value)[inner]
  return typeof held === 'object' && held !== null
}

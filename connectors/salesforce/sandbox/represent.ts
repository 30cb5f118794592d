import { InvalidField, needField } from './soql/compile.ts'
import { ApiError, topLevel } from './route.ts'
import type { ObjectType, Row } from './objects.ts'
import type { Saved } from './store.ts'

/** A row as JSON: `attributes`, then the fields asked for in the order asked for. */
export function represent(type: string, version: string, row: Row, fields: Iterable<string>): Record<string, unknown> {
  const id = String(row['Id'])
  const out: Record<string, unknown> = { attributes: { type, url: `/services/data/${version}/sobjects/${type}/${id}` } }
  for (const field of fields) out[field] = row[field] ?? null
  return out
}

export function fieldList(object: ObjectType, names: readonly string[]): string[] {
  try {
    return names.map((name) => needField(object, name).name)
  } catch (error) {
    if (error instanceof InvalidField) throw new ApiError(400, 'INVALID_FIELD', error.message)
    throw error
  }
}

/** One entry of a collection's answer. Item errors say `statusCode` where whole calls say `errorCode`. */
export function collectionItem(saved: Saved, upsert: boolean): object {
  if (saved.ok) return { id: saved.id, success: true, errors: [], ...(upsert ? { created: saved.created } : {}) }
  return { success: false, errors: saved.errors.map(({ code, message, fields }) => ({ statusCode: code, message, fields })) }
}

const STATUS: Readonly<Record<string, number>> = { ENTITY_IS_DELETED: 404, NOT_FOUND: 404, INVALID_CROSS_REFERENCE_KEY: 404 }

/** The refusal of a single-row call. */
export function refusal(saved: Extract<Saved, { ok: false }>): { status: number; body: object[] } {
  return { status: STATUS[saved.errors[0]?.code ?? ''] ?? 400, body: saved.errors.map(topLevel) }
}

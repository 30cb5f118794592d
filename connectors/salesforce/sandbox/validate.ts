import { findField, type Field, type ObjectType, type Row, type Value } from './objects.ts'

/** One reason why a row was refused. Collections call the code `statusCode`, every other call `errorCode`. */
export interface RowError {
  readonly code: string
  readonly message: string
  readonly fields: readonly string[]
}

export type Checked = { readonly ok: true; readonly values: Row } | { readonly ok: false; readonly errors: readonly RowError[] }

const refuse = (code: string, message: string, fields: readonly string[] = []): Checked => ({
  ok: false,
  errors: [{ code, message, fields }],
})

/**
 * What a write stores: names in their own spelling, text trimmed, empty text as null. Refuses as the vendor does: unknown
 * and read-only fields, text that is too long, addresses that are none, values outside a restricted picklist, required fields that would be empty.
 */
export function validate(object: ObjectType, input: Readonly<Record<string, unknown>>, before: Row | null): Checked {
  const values: Row = {}
  for (const [name, given] of Object.entries(input)) {
    if (name === 'attributes') continue
    const field = findField(object, name)
    if (!field) return refuse('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`)
    if (field.readOnly) {
      const message = `Unable to create/update fields: ${field.name}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`
      return refuse('INVALID_FIELD_FOR_INSERT_UPDATE', message, [field.name])
    }
    const value = coerce(field.type, given)
    if (value === undefined) {
      return refuse('JSON_PARSER_ERROR', `Cannot deserialize instance of ${field.type} from value ${JSON.stringify(given)}`, [field.name])
    }
    if (typeof value === 'string') {
      if (field.length > 0 && value.length > field.length) {
        const message = `${field.label}: data value too large: ${value} (max length=${field.length})`
        return refuse('STRING_TOO_LONG', message, [field.name])
      }
      if (field.type === 'picklist' && field.restricted && !field.values.includes(value)) {
        const message = `${field.label}: bad value for restricted picklist field: ${value}`
        return refuse('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', message, [field.name])
      }
      if (field.type === 'email' && !/^[^\s@"(),:;<>[\\\]]+@[^\s@]+\.[^\s@.]+$/.test(value)) {
        return refuse('INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${value}`, [field.name])
      }
    }
    values[field.name] = value
  }
  const missing = [...object.fields.values()].filter((field) => isMissing(field, values, before)).map((field) => field.name)
  if (missing.length > 0) return refuse('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing)
  return { ok: true, values }
}

/** Empty though it may not be. What has a default may be left out when a row is made, but not set to null. */
function isMissing(field: Field, values: Row, before: Row | null): boolean {
  if (field.name in values) return (field.required || field.standard !== null) && values[field.name] === null
  return field.required && (before?.[field.name] ?? null) === null
}

/** `undefined` where the JSON type does not fit the field. */
function coerce(type: string, given: unknown): Value | undefined {
  if (given === null) return null
  if (type === 'boolean') return typeof given === 'boolean' ? given : undefined
  if (type === 'int') return typeof given === 'number' && Number.isInteger(given) ? given : undefined
  if (type === 'currency') return typeof given === 'number' ? given : undefined
  if (typeof given !== 'string') return undefined
  if (type === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(given.trim())) return undefined
  const trimmed = given.trim()
  return trimmed === '' ? null : trimmed
}

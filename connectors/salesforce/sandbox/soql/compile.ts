import { longId } from '../ids.ts'
import { findField, type Field, type ObjectType, type Row, type Value } from '../objects.ts'
import type { Condition, Literal } from './parse.ts'

/** A field that the object does not have, or a literal of the wrong type: the vendor's `INVALID_FIELD`. */
export class InvalidField extends Error {
  override readonly name = 'InvalidField'
}

export function needField(object: ObjectType, name: string): Field {
  const field = findField(object, name)
  if (field) return field
  throw new InvalidField(
    `No such column '${name}' on entity '${object.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
  )
}

/** A condition as a test of one row. Text compares whatever its case, ids and times exactly, as the vendor does. */
export function compile(object: ObjectType, condition: Condition): (row: Row) => boolean {
  switch (condition.kind) {
    case 'and': {
      const tests = condition.parts.map((part) => compile(object, part))
      return (row) => tests.every((test) => test(row))
    }
    case 'or': {
      const tests = condition.parts.map((part) => compile(object, part))
      return (row) => tests.some((test) => test(row))
    }
    case 'not': {
      const test = compile(object, condition.part)
      return (row) => !test(row)
    }
    case 'in': {
      const field = needField(object, condition.field)
      const wanted = new Set(condition.values.map((literal) => fold(field, read(field, literal))))
      return (row) => wanted.has(fold(field, row[field.name] ?? null)) !== condition.not
    }
    case 'compare': {
      const field = needField(object, condition.field)
      if (condition.by === 'like') return like(field, condition.value)
      const wanted = fold(field, read(field, condition.value))
      const { by } = condition
      if (by === '=') return (row) => fold(field, row[field.name] ?? null) === wanted
      if (by === '!=') return (row) => fold(field, row[field.name] ?? null) !== wanted
      return (row) => {
        const value = fold(field, row[field.name] ?? null)
        if (value === null || wanted === null) return false
        if (by === '<') return value < wanted
        if (by === '<=') return value <= wanted
        return by === '>' ? value > wanted : value >= wanted
      }
    }
  }
}

/** The literal as the field's own value. */
export function read(field: Field, literal: Literal): Value {
  if (literal.kind === 'null') return null
  const wrong = (type: string, quotes: boolean): InvalidField =>
    new InvalidField(
      `value of filter criterion for field '${field.name}' must be of type ${type} and should ${quotes ? '' : 'not '}be enclosed in quotes`,
    )
  switch (field.type) {
    case 'datetime':
      if (literal.kind !== 'time' || literal.value.length === 10) throw wrong('dateTime', false)
      return new Date(literal.value).toISOString().replace('Z', '+0000')
    case 'boolean':
      if (literal.kind !== 'boolean') throw wrong('boolean', false)
      return literal.value === 'true'
    case 'date':
      if (literal.kind !== 'time' || literal.value.length !== 10) throw wrong('date', false)
      return literal.value
    case 'currency':
    case 'int':
      if (literal.kind !== 'number') throw wrong('int', false)
      return Number(literal.value)
    case 'id':
    case 'reference': {
      if (literal.kind !== 'text') throw wrong('string', true)
      const id = longId(literal.value)
      if (id === null) throw new InvalidField(`invalid ID field: ${literal.value}`)
      return id
    }
    case 'string':
    case 'picklist':
    case 'email':
    case 'phone':
    case 'url':
    case 'textarea':
      if (literal.kind !== 'text') throw wrong('string', true)
      return literal.value
  }
}

const EXACT = new Set(['id', 'reference', 'datetime', 'date'])

function fold(field: Field, value: Value): Value {
  if (typeof value !== 'string' || EXACT.has(field.type)) return value
  return value === '' ? null : value.toLowerCase()
}

function like(field: Field, literal: Literal): (row: Row) => boolean {
  const pattern = String(read(field, literal) ?? '')
    .toLowerCase()
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('%', '.*')
    .replaceAll('_', '.')
  const test = new RegExp(`^${pattern}$`, 's')
  return (row) => test.test(String(row[field.name] ?? '').toLowerCase())
}

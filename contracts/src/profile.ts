import { unsafePattern } from './pattern.ts'
import { pointer } from './pointer.ts'
import { formatNames } from './validator.ts'

export interface Violation {
  /** JSON Pointer into the schema. */
  readonly pointer: string
  readonly why: string
}

type Schema = Readonly<Record<string, unknown>>
type Path = readonly (string | number)[]

const dialect = 'https://json-schema.org/draft/2020-12/schema'

const plainKeywords = new Set(
  (
    '$schema $id $ref $comment title description default examples deprecated readOnly writeOnly type enum const format pattern minLength maxLength ' +
    'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems minContains maxContains minProperties maxProperties ' +
    'required dependentRequired x-identity x-personal x-examples'
  ).split(' '),
)
const oneSchema = new Set(['additionalProperties', 'items', 'contains', 'not', 'if', 'then', 'else', 'propertyNames'])
const schemaLists = new Set(['allOf', 'anyOf', 'oneOf'])
const schemaMaps = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs'])

/**
 * Where a schema leaves the restricted profile: JSON Schema 2020-12 without the keywords that other tools and type
 * generators read differently. Empty means it may be published.
 */
export function checkProfile(schema: unknown): Violation[] {
  const found: Violation[] = []
  if (!isObject(schema)) return [{ pointer: '', why: 'a contract is an object' }]
  if (schema.$schema !== dialect) found.push({ pointer: '/$schema', why: `must be ${dialect}` })
  if (typeof schema.$id !== 'string') found.push({ pointer: '/$id', why: 'must name the contract for ever' })
  walk(schema, [], found)
  return found
}

function walk(schema: unknown, path: Path, found: Violation[]): void {
  const add = (keyword: string, why: string) => found.push({ pointer: pointer([...path, keyword]), why })
  if (typeof schema === 'boolean') return
  if (!isObject(schema)) {
    found.push({ pointer: pointer(path), why: 'a schema is an object, true or false' })
    return
  }
  if (isObjectSchema(schema) && !('additionalProperties' in schema)) {
    found.push({ pointer: pointer(path), why: 'an object must state additionalProperties' })
  }
  for (const [keyword, value] of Object.entries(schema)) {
    if (oneSchema.has(keyword)) walk(value, [...path, keyword], found)
    else if (schemaLists.has(keyword)) {
      if (Array.isArray(value)) value.forEach((part, i) => walk(part, [...path, keyword, i], found))
      else add(keyword, 'must be a list of schemas')
    } else if (schemaMaps.has(keyword)) {
      if (!isObject(value)) add(keyword, 'must be an object of schemas')
      else for (const [name, part] of Object.entries(value)) member(keyword, name, part, path, found)
    } else if (!plainKeywords.has(keyword)) {
      add(keyword, `the keyword ${keyword} is outside the profile`)
    }
  }
  if (path.length > 0 && '$id' in schema) add('$id', 'only the contract itself has an $id')
  if (typeof schema.$ref === 'string' && !/^#\/\$defs\/[^/]+$/.test(schema.$ref))
    add('$ref', 'may only point into the $defs of the same contract')
  if ('pattern' in schema) patternAt(String(schema.pattern), [...path, 'pattern'], found)
  if ('format' in schema && !(formatNames as readonly unknown[]).includes(schema.format))
    add('format', `must be one of ${formatNames.join(', ')}`)
  if ('x-personal' in schema && typeof schema['x-personal'] !== 'boolean') add('x-personal', 'must be true or false')
  if ('x-identity' in schema) identities(schema, path, found)
}

function member(keyword: string, name: string, part: unknown, path: Path, found: Violation[]): void {
  const at = [...path, keyword, name]
  if (name === '__proto__') found.push({ pointer: pointer(at), why: 'this name is not safe in programs' })
  if (keyword === 'patternProperties') patternAt(name, at, found)
  walk(part, at, found)
}

function patternAt(source: string, at: Path, found: Violation[]): void {
  const why = unsafePattern(source)
  if (why !== undefined) found.push({ pointer: pointer(at), why: `the pattern ${why}` })
}

function identities(schema: Schema, path: Path, found: Violation[]): void {
  const list = schema['x-identity']
  const fields = isObject(schema.properties) ? schema.properties : {}
  const well = (entry: unknown) =>
    isObject(entry) && typeof entry.kind === 'string' && typeof entry.field === 'string' && Object.hasOwn(fields, entry.field)
  if (!Array.isArray(list)) return void found.push({ pointer: pointer([...path, 'x-identity']), why: 'must be a list of { kind, field }' })
  list.forEach((entry, i) => {
    if (!well(entry))
      found.push({ pointer: pointer([...path, 'x-identity', i]), why: 'must be { kind, field } with a field of this contract' })
  })
}

function isObjectSchema(schema: Schema): boolean {
  return 'properties' in schema || [schema.type].flat().includes('object')
}

function isObject(value: unknown): value is Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkProfile } from './profile.ts'

const base = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:throughline:test',
  type: 'object',
  additionalProperties: false,
  properties: { email: { type: ['string', 'null'], format: 'email' } },
}

test('a plain contract is inside', () => {
  expect(checkProfile(base)).toEqual([])
})

test.each(['mapping', 'config'])('our own format %s is inside', (name) => {
  expect(checkProfile(JSON.parse(readFileSync(new URL(`../formats/${name}.schema.json`, import.meta.url), 'utf8')))).toEqual([])
})

test.each<[string, string, object]>([
  ['another dialect', '/$schema', { $schema: 'http://json-schema.org/draft-07/schema#' }],
  ['no id', '/$id', { $id: undefined }],
  ['an open object', '/properties/a~1b', { properties: { 'a/b': { type: 'object' } } }],
  ['an object by its properties', '/properties/a', { properties: { a: { properties: {} } } }],
  ['an object among types', '/properties/a', { properties: { a: { type: ['object', 'null'] } } }],
  ['prefixItems', '/properties/a/prefixItems', { properties: { a: { type: 'array', prefixItems: [] } } }],
  ['unevaluatedProperties', '/unevaluatedProperties', { unevaluatedProperties: false }],
  ['unevaluatedItems', '/properties/a/unevaluatedItems', { properties: { a: { type: 'array', unevaluatedItems: false } } }],
  ['a keyword of nobody', '/properties/a/nullable', { properties: { a: { type: 'string', nullable: true } } }],
  ['a dynamic reference', '/$dynamicRef', { $dynamicRef: '#x' }],
  ['a reference elsewhere', '/properties/a/$ref', { properties: { a: { $ref: 'https://example.com/x.json' } } }],
  ['a nested id', '/properties/a/$id', { properties: { a: { $id: 'urn:x', type: 'string' } } }],
  ['a dangerous pattern', '/properties/a/pattern', { properties: { a: { type: 'string', pattern: '^(a+)+$' } } }],
  ['a dangerous pattern for names', '/patternProperties/^(a+)+$', { patternProperties: { '^(a+)+$': true } }],
  ['a format that is not checked', '/properties/a/format', { properties: { a: { type: 'string', format: 'iri' } } }],
  ['a name that is not safe', '/properties/__proto__', { properties: JSON.parse('{"__proto__": {"type": "string"}}') as object }],
  ['something deep in a choice', '/anyOf/1/items/prefixItems', { anyOf: [true, { items: { prefixItems: [] } }] }],
  ['something in a condition', '/if/else', { if: { else: 'x' } }],
  ['an identity of no field', '/x-identity/0', { 'x-identity': [{ kind: 'phone', field: 'phone' }] }],
  ['a mark that is no mark', '/properties/a/x-personal', { properties: { a: { type: 'string', 'x-personal': 'yes' } } }],
])('%s is outside', (_what, pointer, change) => {
  expect(checkProfile({ ...base, ...change }).map((violation) => violation.pointer)).toEqual([pointer])
})

test('not even a schema', () => {
  expect(checkProfile([])).toHaveLength(1)
  expect(checkProfile({ ...base, properties: { a: 1 } })).toEqual([
    { pointer: '/properties/a', why: 'a schema is an object, true or false' },
  ])
})

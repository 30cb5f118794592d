import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadRegistry } from './registry.ts'

const registry = loadRegistry()

interface Rejected {
  readonly why: { readonly pointer: string; readonly keyword: string }
  readonly value: unknown
}

function samples(entity: string, kind: 'accept' | 'reject'): [string, unknown][] {
  const folder = new URL(`../entities/${entity}/${kind}/`, import.meta.url)
  return readdirSync(folder).map((file) => [file, JSON.parse(readFileSync(new URL(file, folder), 'utf8'))])
}

test('there is a contract for each entity', () => {
  expect(registry.entities().map((entity) => entity.name)).toEqual(['article', 'company', 'deal', 'person', 'task', 'ticket'])
})

describe.each(registry.entities())('$name', (entity) => {
  test.each(samples(entity.name, 'accept'))('accepts %s', (_file, value) => {
    expect(entity.validate(value)).toEqual([])
  })

  test.each(samples(entity.name, 'reject'))('rejects %s for its reason only', (_file, sample) => {
    const { why, value } = sample as Rejected
    expect(entity.validate(value).map(({ pointer, code }) => ({ pointer, keyword: code }))).toEqual([why])
  })

  test('its examples keep it', () => {
    const examples = entity.schema.examples as unknown[]
    expect(examples.length).toBeGreaterThan(0)
    expect(examples.flatMap((example) => entity.validate(example))).toEqual([])
  })

  test('every rule of its own is broken by a reject sample', () => {
    const broken = new Set(samples(entity.name, 'reject').map(([, sample]) => (sample as Rejected).why.keyword))
    const used = Object.values(entity.schema.properties).flatMap((field) =>
      ['enum', 'format', 'pattern', 'minimum', 'maximum'].filter((keyword) => keyword in field),
    )
    for (const keyword of [...used, 'type', 'additionalProperties']) expect(broken).toContain(keyword)
  })

  test('a record may be partly known and partly empty', () => {
    for (const field of entity.fields) expect(entity.validate({ [field]: null })).toEqual([])
    expect(entity.schema).toMatchObject({ additionalProperties: false })
    expect(entity.schema).not.toHaveProperty('required')
  })

  test('text and numbers have a bound', () => {
    for (const [field, schema] of Object.entries(entity.schema.properties)) {
      const number = [schema.type].flat().includes('number')
      const bound = number ? 'minimum' in schema && 'maximum' in schema : 'maxLength' in schema || 'enum' in schema
      expect([field, bound]).toEqual([field, true])
    }
  })

  test('fields that name a person are marked', () => {
    const marked = entity.fields.filter(
      (field) => /email|firstName|lastName/i.test(field) || (entity.name === 'person' && field === 'phone'),
    )
    for (const field of marked) expect(entity.personal).toContain(field)
  })
})

test('people are known by e-mail, companies by domain', () => {
  expect(registry.entity('person').identities).toEqual([{ kind: 'email', field: 'email' }])
  expect(registry.entity('company').identities).toEqual([{ kind: 'domain', field: 'domain' }])
})

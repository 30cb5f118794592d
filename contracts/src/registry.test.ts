import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { ContractError, loadRegistry } from './registry.ts'

const made: string[] = []
afterEach(() => made.splice(0).forEach((dir) => rmSync(dir, { recursive: true })))

function registryOf(versions: Record<string, object>): URL {
  const dir = mkdtempSync(join(tmpdir(), 'contracts-'))
  made.push(dir)
  mkdirSync(join(dir, 'thing'))
  for (const [version, change] of Object.entries(versions)) {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `urn:throughline:entity:thing:${version}`,
      title: 'Thing',
      type: 'object',
      'x-identity': [],
      properties: { name: { type: ['string', 'null'] } },
      additionalProperties: false,
      ...change,
    }
    writeFileSync(join(dir, 'thing', `${version}.schema.json`), JSON.stringify(schema))
  }
  return pathToFileURL(`${dir}/`)
}

const person = loadRegistry().entity('person')

test('gives the newest version, by number and not by letter, or the one asked for', () => {
  const registry = loadRegistry(registryOf({ '1.9.0': {}, '1.10.0': {}, '1.2.10': {} }))
  expect(registry.entity('thing').version).toBe('1.10.0')
  expect(registry.entity('thing', '1.2.10').version).toBe('1.2.10')
  expect(registry.entities().map((entity) => entity.version)).toEqual(['1.10.0'])
})

test('an unknown name is an error with a guess', () => {
  expect(() => loadRegistry().entity('persn')).toThrow('There is no entity contract "persn". Did you mean "person"?')
  expect(() => loadRegistry().entity('person', '9.0.0')).toThrow(ContractError)
})

test('refuses to load what is outside the profile or in the wrong place, and names all of it', () => {
  const dir = registryOf({
    '1.0.0': { additionalProperties: undefined, $id: 'urn:other' },
    '1.1.0': { title: undefined },
    '1.2.0': { type: 'thing' },
  })
  expect(() => loadRegistry(dir)).toThrow(
    /1\.0\.0.*state additionalProperties.*\$id must be urn:throughline:entity:thing:1\.0\.0[\s\S]*1\.1\.0.*\/title[\s\S]*1\.2\.0/,
  )
})

test('a problem says where, what was expected and what was there', () => {
  expect(person.validate({ lifecycle: 'Lead' })).toEqual([
    {
      pointer: '/lifecycle',
      code: 'enum',
      detail: expect.stringContaining('/lifecycle: expected one of subscriber, lead') as string,
      expected: 'one of subscriber, lead, marketing_qualified, sales_qualified, opportunity, customer, other, null',
      got: '"Lead"',
    },
  ])
  expect(person.validate({ emial: 'x' })).toMatchObject([{ pointer: '/emial', detail: '"emial" is not known here. Did you mean "email"?' }])
  expect(person.validate({ 'a/b~c': 1 })).toMatchObject([{ pointer: '/a~1b~0c' }])
})

test('gives every problem at once', () => {
  expect(
    person
      .validate({ email: 'x', lastName: 1, nope: 1 })
      .map((problem) => problem.pointer)
      .sort(),
  ).toEqual(['/email', '/lastName', '/nope'])
})

test('personal data and unknown members are not repeated, other values are', () => {
  const problems = person.validate({ email: 'ada.lovelace', lastName: ['Lovelace'], birthName: 'Byron', country: 'x'.repeat(201) })
  const said = JSON.stringify(problems)
  expect(said).not.toMatch(/lovelace|Byron/i)
  expect(said).toContain('xxxx')
})

test('its own members count and nothing inherited', () => {
  expect(person.validate(Object.create({ email: 42 }))).toEqual([])
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(person.validate(JSON.parse(`{"${name}": 1}`))).toMatchObject([{ pointer: `/${name}`, code: 'additionalProperties' }])
  }
})

test('work and answer stay bounded for a hostile value', () => {
  const some = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`k${i}`, i]))
  expect(person.validate(some)).toHaveLength(50)
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i]))
  expect(person.validate(many)).toMatchObject([{ pointer: '', code: 'maxProperties' }])
  expect(JSON.stringify(person.validate({ lifecycle: 'x'.repeat(1e6), ['y'.repeat(1e5)]: 1 })).length).toBeLessThan(102_000)
})

test.each([null, undefined, 'text', 7, [], Number.NaN])('%j is refused without throwing', (value) => {
  expect(person.validate(value)).toHaveLength(1)
})

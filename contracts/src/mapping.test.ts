import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { codecNames } from './codecs.ts'
import { checkMapping } from './mapping-check.ts'
import { MappingError, parseMapping } from './mapping.ts'
import { loadRegistry } from './registry.ts'

const registry = loadRegistry()

const good = `# yaml-language-server: $schema=../../contracts/formats/mapping.schema.json
mapping: hubspot.contacts
version: 1.0.0
connector: hubspot
stream: contacts
entity: person
create: true
deletes: unlink
match: [email]
fields:
  - { field: email, remote: Email, direction: both, authority: latest, codec: email }
  - { field: lastName, remote: LastName, direction: both, authority: ask, codec: text, default: '[not provided]' }
  - { field: firstName, remote: constructor, direction: both, authority: latest, codec: text }
  - { field: lifecycle, remote: stage, direction: in, authority: crm, codec: { name: enum, values: { lead: [Lead, Open], customer: 3 }, otherwise: other } }
  - { field: city, remote: Town, direction: out, authority: latest, codec: text }
`

/** Turns `codec: |emali … what` marks into `line:col what`: the bar stands before the place that the message must name. */
function placed(text: string, expected: readonly [string, string][]): string[] {
  return expected.map(([mark, what]) => {
    const offset = text.indexOf(mark.replace('|', ''))
    expect([mark, offset]).not.toEqual([mark, -1])
    const before = text.slice(0, offset + mark.indexOf('|')).split('\n')
    return `${before.length}:${before.at(-1)!.length + 1} ${what}`
  })
}

/** The faults of a text, as `line:col what`; fails if there are none. */
function faults(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(MappingError)
    const { message, faults: all, file } = error as MappingError
    expect(message.split('\n')).toEqual(all.map((f) => `${file}:${f.line}:${f.col} ${f.what}; ${f.why}. ${f.next}`))
    return all.map((f) => `${f.line}:${f.col} ${f.what}`)
  }
  throw new Error('nothing was wrong')
}

const enumCodec = 'codec: { name: enum, values: { lead: [Lead, Open], customer: 3 }, otherwise: other }'
const parse = (text: string) => parseMapping(text, 'contacts.yaml')
const change = (from: string, to: string) => {
  expect(good).toContain(from)
  return good.replace(from, to)
}
const checked = (text: string) =>
  checkMapping(parse(text), registry.entity('person'), { streams: ['contacts', 'companies'], connections: ['crm'] })

describe('a good mapping', () => {
  const mapping = parse(good)

  test('is read as written', () => {
    expect(mapping).toMatchObject({
      name: 'hubspot.contacts',
      version: '1.0.0',
      connector: 'hubspot',
      stream: 'contacts',
      entity: 'person',
      create: true,
      deletes: 'unlink',
      match: ['email'],
    })
    expect(
      mapping.fields.map(({ field, remote, direction, authority, codec }) => [field, remote, direction, authority, codec.name]),
    ).toEqual([
      ['email', 'Email', 'both', 'latest', 'email'],
      ['lastName', 'LastName', 'both', 'ask', 'text'],
      ['firstName', 'constructor', 'both', 'latest', 'text'],
      ['lifecycle', 'stage', 'in', 'crm', 'enum'],
      ['city', 'Town', 'out', 'latest', 'text'],
    ])
    expect(() => checked(good)).not.toThrow()
  })

  test('reads only what is there, and not what is only written', () => {
    expect(mapping.toCanonical({})).toEqual({ values: {}, problems: [] })
    expect(mapping.toCanonical({ Email: null, LastName: undefined, Town: 'Paris', other: 1 })).toEqual({
      values: { email: null },
      problems: [],
    })
    expect(mapping.toCanonical({ Email: ' A@B.de', stage: 'Open' }).values).toEqual({ email: 'a@b.de', lifecycle: 'lead' })
  })

  test('writes only what is given, and not what is only read', () => {
    expect(mapping.toRemote({})).toEqual({})
    expect(mapping.toRemote({ email: null, lifecycle: 'lead', city: 'Paris' })).toEqual({ Email: null, Town: 'Paris' })
    expect(mapping.toRemote(Object.create({ email: 'a@b.de' }) as {})).toEqual({})
  })

  test('sends the default for null and reads it back as null', () => {
    expect(mapping.toRemote({ lastName: null })).toEqual({ LastName: '[not provided]' })
    expect(mapping.toCanonical({ LastName: '[not provided]' }).values).toEqual({ lastName: null })
  })

  test('one bad value is a problem of its own field', () => {
    expect(mapping.toCanonical({ Email: 'Ada', LastName: 7, stage: 'Lead' })).toEqual({
      values: { lifecycle: 'lead' },
      problems: [
        {
          pointer: '/Email',
          code: 'codec.email',
          detail: 'Email cannot become email: expected an e-mail address, got a text like "aaa"',
          expected: 'an e-mail address',
          got: 'a text like "aaa"',
        },
        {
          pointer: '/LastName',
          code: 'codec.text',
          detail: 'LastName cannot become lastName: expected a text, got a number',
          expected: 'a text',
          got: 'a number',
        },
      ],
    })
  })
})

describe('a wrong mapping names place, reason and remedy', () => {
  test.each<[string, string, [string, string][]]>([
    [
      'stream:',
      'strem:',
      [
        ['|mapping:', 'the setting "stream" is missing'],
        ['|strem', 'unknown setting "strem"'],
      ],
    ],
    ['deletes: unlink', 'deletes: propagate', [['deletes: |p', '"deletes: propagate" is not available yet']]],
    ['deletes: unlink', 'deletes: ask', [['deletes: |ask', '"deletes: ask" is not available yet']]],
    ['deletes: unlink', 'deletes: maybe', [['deletes: |maybe', '"deletes" is wrong']]],
    ['version: 1.0.0', 'version: 1.0', [['version: |1', '"version" is wrong']]],
    ['create: true', 'create:', [['create:|', '"create" is wrong']]],
    ['codec: email', 'codec: emali', [['codec: |emali', 'there is no codec "emali"']]],
    ['codec: email', 'codec: enum', [['codec: |enum', 'the codec enum has no table']]],
    [
      'codec: { name: enum, values',
      'codec: { name: enum, valeus',
      [
        ['codec: |{', 'the setting "values" is missing'],
        ['|valeus', 'unknown setting "valeus"'],
      ],
    ],
    ['codec: { name: enum', 'codec: { name: date', [['name: |date', '"name" is wrong']]],
    ['direction: both', 'direction: sideways', [['|sideways', '"direction" is wrong']]],
    ['remote: Email', 'remote: __proto__', [['|__proto__', '"remote" is wrong']]],
    ['{ field: email,', '{ field,', [['{ |field,', '"field" is wrong']]],
    ['field: lastName', 'field: email', [['|email, remote: LastName', '"email" is mapped twice']]],
    ['remote: LastName', 'remote: Email', [['lastName, remote: |Email', '"Email" is mapped twice']]],
    ['field: city', 'field: email', [['|email, remote: Town', '"email" is mapped twice']]],
    ['customer: 3', 'customer: Lead', [['customer: |Lead', 'the remote value "Lead" stands twice in the table']]],
    ['customer: 3', 'customer: []', [['customer: |[]', '"customer" is wrong']]],
    ['direction: both, authority: ask', 'direction: in, authority: ask', [["default: |'", 'this default is never sent']]],
    ['codec: email }', 'codec: email, default: nobody }', [['|nobody', 'the default does not suit the codec email']]],
    ['authority: crm', 'authority: The CRM', [['|The CRM', '"authority" is wrong']]],
  ])('%s → %s', (from, to, expected) => {
    const text = change(from, to)
    expect(faults(() => parse(text))).toEqual(placed(text, expected))
  })

  test('with all faults at once, and a guess', () => {
    const text = change('codec: email', 'codec: emali')
      .replace('create: true', 'create: perhaps')
      .replace('direction: out', 'direction: up')
    const expected = placed(text, [
      ['|perhaps', '"create" is wrong'],
      ['|emali', 'there is no codec "emali"'],
      ['direction: |up', '"direction" is wrong'],
    ])
    expect(faults(() => parse(text))).toEqual(expected)
    expect(() => parse(text)).toThrow('Did you mean "email"?')
  })

  test('also where it is not YAML, twice a key, or empty', () => {
    expect(faults(() => parse('mapping: ['))[0]).toMatch(/^1:11 this is not valid YAML/)
    expect(faults(() => parse(`${good}mapping: again\n`))).toEqual(['16:1 this is not valid YAML'])
    expect(faults(() => parse(''))).toEqual(['1:1 the document is wrong'])
    expect(
      faults(() => parse(`a: &a [x, x, x]\nb: &b [*a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c]`))[0],
    ).toContain('cannot be read')
  })
})

describe('checked against its entity', () => {
  test.each<[string, string, string, string]>([
    ['entity: person', 'entity: company', 'entity: |company', 'this maps "company"'],
    ['stream: contacts', 'stream: contact', 'stream: |contact', 'there is no stream "contact"'],
    ['match: [email]', 'match: [phone]', '|phone', '"phone" is no identity of person'],
    ['remote: Email, direction: both', 'remote: Email, direction: out', 'match: [|email', 'nothing can be matched by "email"'],
    ['field: lastName', 'field: lastname', '|lastname', 'person has no field "lastname"'],
    ['authority: crm', 'authority: cmr', '|cmr', '"cmr" is no authority'],
    ['lead: [', 'laed: [', '|laed', '"laed" is no value of lifecycle'],
    ['otherwise: other', 'otherwise: othr', '|othr', '"othr" is no value of lifecycle'],
    [
      'direction: in',
      'direction: both',
      'values: |{',
      'the table of lifecycle does not say how to write subscriber, marketing_qualified, sales_qualified, opportunity, other',
    ],
    [enumCodec, 'codec: text', 'authority: crm, codec: |text', 'the codec text gives other values too'],
  ])('%s → %s', (from, to, mark, what) => {
    const text = change(from, to)
    expect(faults(() => checked(text))).toEqual(placed(text, [[mark, what]]))
  })

  test('with all faults at once, and a guess', () => {
    const text = change('field: lastName', 'field: lastname').replace('stream: contacts', 'stream: contract')
    expect(faults(() => checked(text))).toHaveLength(2)
    expect(() => checked(text)).toThrow('Did you mean "lastName"?')
  })

  test('in the order of the file', () => {
    const text = change('stream: contacts', 'stream: contract').replace('entity: person', 'entity: company')
    expect(faults(() => checked(text))).toEqual(['5:9 there is no stream "contract"', '6:9 this maps "company"'])
  })

  test('a field that is only written may be written as it is', () => {
    const text = change(`direction: in, authority: crm, ${enumCodec}`, 'direction: out, authority: crm, codec: text')
    expect(() => checked(text)).not.toThrow()
  })

  test('what the caller does not know is not checked', () => {
    expect(() => checkMapping(parse(change('stream: contacts', 'stream: anything')), registry.entity('person'))).not.toThrow()
  })
})

test('the example in the README works', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  expect(() => checked(example)).not.toThrow()
})

test('the published schema lists exactly the codecs that exist', () => {
  const schema = JSON.parse(readFileSync(new URL('../formats/mapping.schema.json', import.meta.url), 'utf8')) as {
    $defs: { field: { properties: { codec: { then: { enum: string[] } } } } }
  }
  expect(schema.$defs.field.properties.codec.then.enum.toSorted()).toEqual(codecNames.toSorted())
})

test('a record is translated both ways in microseconds', () => {
  const mapping = parse(good)
  const rounds = 20_000
  const run = () => {
    for (let i = 0; i < rounds; i++)
      mapping.toRemote(mapping.toCanonical({ Email: `Ada${i}@Example.com`, LastName: 'Lovelace', stage: 'Lead' }).values)
  }
  run()
  const before = performance.now()
  run()
  // About 1 µs when alone; the bound only catches work that belongs into parseMapping.
  expect(((performance.now() - before) * 1000) / rounds).toBeLessThan(20)
})

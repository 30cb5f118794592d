import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CodecError, codecNames, codecs, defaulted, enumeration, type Codec } from './codecs.ts'
import type { Json } from './json.ts'
import { createAjv } from './validator.ts'

const stages = enumeration({ values: { new: 'Open - Not Contacted', open: ['Working', 'Escalated'], closed: 3 }, otherwise: 'open' })
const codec = (name: string): Codec => codecs.get(name)!

const moment = fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
const words = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))
const host = fc.oneof(fc.domain(), fc.constantFrom('www.www.a.com', 'WWW.Müller.de', 'ｗｗｗ．a.com', '127.1', '0x7f.1', 'a.b.c.'))

/** Remote values that each codec should be able to read. */
const readable: Record<string, fc.Arbitrary<unknown>> = {
  text: words,
  email: fc.oneof(fc.emailAddress(), fc.constantFrom(' ADA@Example.COM ', 'İ@Σ.example', 'o’brien@müller.de')),
  phone: fc.oneof(
    words,
    fc.string({ unit: fc.constantFrom(...'0123456789+()-. extX#/'.split('')) }),
    fc.constantFrom('+49 30 1234 ext. 5', '0049 30 1234'),
  ),
  domain: fc.oneof(
    host,
    host.map((h) => `https://${h}:8080/a?b`),
    words,
  ),
  url: fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), host, words),
  number: fc.oneof(
    fc.double(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    words,
    fc.constantFrom(-0, '-0', '1e400', ' 12.50 ', '.5', '5.', '0x10'),
  ),
  integer: fc.oneof(fc.integer(), fc.maxSafeInteger().map(String), fc.double()),
  boolean: fc.oneof(fc.boolean(), fc.constantFrom('TRUE', ' false', '')),
  date: fc.oneof(
    moment.map((at) => at.toISOString().slice(0, 10)),
    fc.integer({ min: -719_000, max: 2_900_000 }).map((day) => day * 86_400_000),
  ),
  datetime: fc.oneof(
    moment.map((at) => at.toISOString()),
    moment.map((at) => at.toISOString().replace('Z', '+0000')),
    moment.map((at) => at.toISOString().replace('Z', '-03:30')),
    moment.map((at) => at.getTime()),
    moment.map((at) => String(at.getTime())),
  ),
  country: fc.oneof(words, fc.constantFrom('de', 'germany', ' United Kingdom', 'UK', 'türkiye', 'ŉ', 'ΐ')),
  enum: fc.oneof(fc.constantFrom('Open - Not Contacted', 'Working', 'Escalated', '3', 3, 'Unheard of'), words),
}

const anything = fc.jsonValue() as fc.Arbitrary<Json>
const all: [string, Codec][] = codecNames.map((name) => [name, codecs.get(name) ?? stages])
const withDefault: [string, Codec][] = [
  ['text with a default', defaulted(codec('text'), '[not provided]')],
  ['enum with a default', defaulted(stages, 'Working')],
  ['number with a default', defaulted(codec('number'), -1)],
]

/** The canonical value, or `undefined` if the codec refuses. Anything but a `CodecError` is a bug. */
function read(subject: Codec, remote: unknown): Json | undefined {
  try {
    return subject.decode(remote)
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError)
    return undefined
  }
}

test('every codec is put to the laws', () => {
  expect(Object.keys(readable).sort()).toEqual([...codecNames].sort())
})

describe.each([...all, ...withDefault])('%s', (name, subject) => {
  const remotes = fc.oneof(
    { weight: 4, arbitrary: readable[subject.name]! },
    { weight: 1, arbitrary: anything },
    { weight: 1, arbitrary: fc.constantFrom('[not provided]', 'Working', -1) },
  )

  test('normal is idempotent, and total', () => {
    fc.assert(
      fc.property(fc.oneof(remotes, anything) as fc.Arbitrary<Json>, (value) => {
        const once = subject.normal(value)
        expect(subject.normal(once)).toStrictEqual(once)
      }),
    )
  })

  test('what was decoded survives encode and decode', () => {
    let decoded = 0
    fc.assert(
      fc.property(remotes, (remote) => {
        const value = read(subject, remote)
        if (value === undefined) return
        if (value !== null) decoded++
        const again = subject.decode(subject.encode(value))
        expect(subject.normal(again)).toStrictEqual(subject.normal(value))
        expect(subject.decode(subject.encode(again))).toStrictEqual(again)
      }),
    )
    // Generators that only ever make refused values would prove nothing.
    expect(decoded).toBeGreaterThan(10)
  })

  test('everything it gives is JSON, and well-formed', () => {
    fc.assert(
      fc.property(remotes, (remote) => {
        const value = read(subject, remote)
        if (value === undefined) return
        for (const given of [value, subject.encode(value), subject.normal(value)]) {
          expect(JSON.parse(JSON.stringify(given))).toStrictEqual(given)
          if (typeof given === 'string') expect(given.isWellFormed()).toBe(true)
        }
      }),
    )
  })

  test('normal forms of one value are one primitive', () => {
    fc.assert(
      fc.property(remotes, (remote) => {
        const value = read(subject, remote)
        if (value !== undefined) expect(typeof subject.normal(value) === 'object' ? subject.normal(value) : null).toBeNull()
      }),
    )
  })

  test('empty stays empty, and nothing is not a value', () => {
    expect(subject.decode(null)).toBeNull()
    expect(subject.decode('  ')).toBeNull()
    expect(subject.normal(null)).toBeNull()
    if (!name.includes('default')) expect(subject.encode(null)).toBeNull()
    expect(() => subject.decode(undefined)).toThrow(CodecError)
    expect(() => subject.decode({ a: 1 })).toThrow(CodecError)
    expect(() => subject.decode(['x'])).toThrow(CodecError)
  })
})

test.each([
  ['email', 'email'],
  ['domain', 'hostname'],
  ['url', 'uri'],
  ['date', 'date'],
  ['datetime', 'date-time'],
])('what %s lets in, the format %s of a contract accepts', (name, format) => {
  const keeps = createAjv().compile({ type: 'string', format })
  fc.assert(
    fc.property(readable[name]!, (remote) => {
      const value = read(codec(name), remote)
      if (typeof value === 'string') expect([value, keeps(value)]).toEqual([value, true])
    }),
  )
})

test.each<[string, unknown, Json]>([
  ['text', '  a b ', 'a b'],
  ['text', 'x\ud800', 'x\ufffd'],
  ['email', ' Ada@Example.COM', 'ada@example.com'],
  ['phone', ' +44 20 7946 0000 ', '+44 20 7946 0000'],
  ['domain', 'https://WWW.Example.com:443/a?b', 'example.com'],
  ['domain', 'www.com', 'www.com'],
  ['domain', 'Müller.de', 'xn--mller-kva.de'],
  ['url', 'Example.com/A', 'https://example.com/A'],
  ['url', 'HTTP://Example.com/', 'http://example.com'],
  ['number', ' 12.50 ', 12.5],
  ['number', '-0', 0],
  ['integer', '7', 7],
  ['boolean', 'TRUE', true],
  ['date', '2026-02-28', '2026-02-28'],
  ['date', '1772236800000', '2026-02-28'],
  ['datetime', 1772355600000, '2026-03-01T09:00:00.000Z'],
  ['datetime', '1772355600000', '2026-03-01T09:00:00.000Z'],
  ['datetime', '2026-03-01T10:00:00.000+0100', '2026-03-01T09:00:00.000Z'],
  ['datetime', '2026-03-01T09:00:00.1239Z', '2026-03-01T09:00:00.123Z'],
  ['country', ' Germany ', 'Germany'],
])('%s reads %j as %j', (name, remote, canonical) => {
  expect(codec(name).decode(remote)).toBe(canonical)
})

test.each<[string, unknown]>([
  ['text', 42],
  ['email', 'ada'],
  ['email', 'ada@localhost'],
  ['email', 'Ada <ada@example.com>'],
  ['email', 'a@b.de, c@d.de'],
  ['email', `${'a'.repeat(320)}@b.de`],
  ['phone', 'n/a'],
  ['phone', 49301234],
  ['domain', 'localhost'],
  ['domain', 'ada@example.com'],
  ['domain', '10.0.0.1'],
  ['url', 'n/a'],
  ['url', 'javascript:alert(1)'],
  ['url', 'ftp://example.com'],
  ['url', 'https://me:secret@example.com'],
  ['number', '12,50'],
  ['number', '1e400'],
  ['number', Number.NaN],
  ['number', true],
  ['integer', 1.5],
  ['integer', '9007199254740992'],
  ['boolean', 1],
  ['date', '2026-02-30'],
  ['date', '28/02/2026'],
  ['date', 1772236800001],
  ['datetime', '2026-03-01T09:00:00'],
  ['datetime', '2026-03-01T24:00:00Z'],
  ['datetime', '2026-02-30T09:00:00Z'],
  ['datetime', '0000-01-01T00:00:00+01:00'],
  ['datetime', 9e15],
])('%s refuses %j', (name, remote) => {
  expect(() => codec(name).decode(remote)).toThrow(CodecError)
})

test.each<[string, Json, Json, boolean]>([
  ['text', 'Zoë', 'Zoe\u0308 ', true],
  ['text', 'Ada', 'ada', false],
  ['text', '', null, true],
  ['email', 'ADA@example.com ', 'ada@example.com', true],
  ['phone', '+44 (20) 7946-0000', '+442079460000', true],
  ['phone', '0044 20 7946 0000', '+44 20 7946 0000', true],
  ['phone', '020 7946 0000', '+44 20 7946 0000', false],
  ['phone', '555 1234 ext. 5', '555-1234 x5', true],
  ['phone', '555 1234 x5', '555 1234 x6', false],
  ['phone', '5551234ext5', '555 1234 x5', true],
  ['phone', '1-800-FLOWERS', '1 800 flowers', true],
  ['phone', '1-800-FLOWERS', '1-800-BAKERY', false],
  ['url', 'https://example.com/', 'https://EXAMPLE.com:443', true],
  ['url', 'https://example.com/a', 'https://example.com/A', false],
  ['url', 'https://example.com/?a=/', 'https://example.com/?a=', false],
  ['number', 0, -0, true],
  ['datetime', '2026-03-01T09:00:00Z', '2026-03-01T10:00:00.000+01:00', true],
  ['datetime', '2026-03-01T09:00:00Z', '2026-03-01T09:00:00.001Z', false],
  ['country', 'Germany', 'de', true],
  ['country', 'usa', 'United States', true],
  ['country', 'Atlantis', 'ATLANTIS', true],
  ['country', 'Austria', 'Australia', false],
])('%s: %j and %j are the same: %j', (name, a, b, equal) => {
  expect(codec(name).normal(a) === codec(name).normal(b)).toBe(equal)
})

describe('enum', () => {
  test('sends the first of a list and understands all', () => {
    expect(stages.encode('open')).toBe('Working')
    expect(stages.decode('Escalated')).toBe('open')
    expect(stages.encode('closed')).toBe(3)
    expect([stages.decode('3'), stages.decode(3)]).toEqual(['closed', 'closed'])
  })

  test('an unknown value is an error, unless there is an otherwise', () => {
    expect(stages.decode('Unheard of')).toBe('open')
    const strict = enumeration({ values: { new: 'New' } })
    expect(() => strict.decode('Unheard of')).toThrow('expected one of New, got "Unheard of"')
    expect(() => strict.decode('constructor')).toThrow(CodecError)
    expect(() => strict.encode('open')).toThrow(CodecError)
    expect(() => strict.encode('toString')).toThrow(CodecError)
  })
})

describe('default', () => {
  const name = defaulted(codec('text'), '[not provided]')

  test('is sent for null and read back as null', () => {
    expect(name.encode(null)).toBe('[not provided]')
    expect(name.decode(' [not provided]')).toBeNull()
    expect(name.decode('Lovelace')).toBe('Lovelace')
    expect(name.normal('[not provided]')).toBeNull()
  })

  test('must suit its codec', () => {
    expect(() => defaulted(codec('email'), 'nobody')).toThrow(CodecError)
  })
})

test('an error tells the shape of a value and never the value', () => {
  const error = (() => {
    try {
      codec('email').decode('ada.lovelace42(at)example')
    } catch (thrown) {
      return thrown as CodecError
    }
    return undefined
  })()
  expect(error).toMatchObject({ codec: 'email', expected: 'an e-mail address', got: 'a text like "aaa.aaaaaaaa99(aa)aaaaaaa"' })
  expect(error?.message).not.toContain('lovelace')
})

test('no codec slows down out of proportion on a long hostile text', () => {
  const hostile = [
    `${'1'.repeat(100_000)} `,
    `${'x1'.repeat(50_000)}!`,
    `1x${' '.repeat(100_000)}!`,
    `https://${'a/'.repeat(50_000)}`,

    'a@'.repeat(50_000),
    `${'1'.repeat(100_000)}x`,
    `1${' x'.repeat(50_000)}`,
    `${' '.repeat(100_000)}a`,
    `a@${'a.'.repeat(50_000)}`,
    'www.'.repeat(25_000),
  ]
  for (const [, subject] of all) {
    for (const text of hostile) {
      const before = performance.now()
      read(subject, text)
      subject.normal(text)
      expect([subject.name, text.slice(0, 4), performance.now() - before < 1000]).toEqual([subject.name, text.slice(0, 4), true])
    }
  }
})

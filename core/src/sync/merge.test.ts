import { parseMapping, type Json, type Mapping } from '@throughline/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { draft, isBehind } from './draft.ts'
import { merge, type Incoming } from './merge.ts'
import type { LinkState, RecordFields } from './state.ts'

function mapping(authority: string): Mapping {
  return parseMapping(
    `mapping: a.people
version: 1.0.0
connector: a
stream: people
entity: person
create: true
deletes: unlink
match: [email]
fields:
  - { field: email, remote: email, direction: both, authority: ${authority}, codec: email }
  - { field: firstName, remote: first, direction: both, authority: ${authority}, codec: text }
  - { field: jobTitle, remote: title, direction: in, authority: ${authority}, codec: text }
  - { field: city, remote: city, direction: out, authority: ${authority}, codec: text }
`,
    'a.yaml',
  )
}

const latest = mapping('latest')
const SYSTEMS = ['a', 'b']

function incoming(remote: Record<string, unknown>, changedAt = 20): Incoming {
  return { values: latest.toCanonical(remote).values, remote, system: 'a', actor: null, event: 7, at: 100, changedAt }
}

function fields(values: Record<string, Json>, system = 'b', changedAt = 10): RecordFields {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { value, system, actor: null, event: 1, at: 1, changedAt }]),
  )
}

const link = (agreed: LinkState['agreed'] = {}, intents: LinkState['intents'] = {}): Pick<LinkState, 'agreed' | 'intents'> => ({
  agreed,
  intents,
})

test('what did not move over there is left alone, also when the hub has moved on', () => {
  const merged = merge(
    fields({ firstName: 'New' }),
    link({ firstName: { value: 'Old', raw: 'Old' } }),
    latest,
    incoming({ first: 'Old' }),
    SYSTEMS,
  )
  expect(merged.fields.firstName!.value).toBe('New')
  expect(merged.changes).toEqual([])
})

test("the vendor's own rendering of what was sent is no change", () => {
  const agreed = { firstName: { value: 'Ana Maria', raw: 'ANA MARIA' } }
  const merged = merge(fields({ firstName: 'Ana Maria' }), link(agreed), latest, incoming({ first: 'ANA MARIA' }), SYSTEMS)
  expect(merged.changes).toEqual([])
  expect(isBehind({ fields: merged.fields }, { ...link(merged.agreed), externalId: '1' }, latest)).toBe(false)
})

test('a value on its way out, coming back, is an echo: no change of the record, and from then on agreed', () => {
  const before = link({ firstName: { value: 'Old', raw: 'Old' } }, { firstName: 'Sent' })
  const merged = merge(fields({ firstName: 'Newer' }), before, latest, incoming({ first: 'Sent' }), SYSTEMS)
  expect(merged.fields.firstName!.value).toBe('Newer')
  expect(merged.changes).toEqual([])
  expect(merged.agreed.firstName).toEqual({ value: 'Sent', raw: 'Sent' })
})

test('a change on one side only is taken over, with its provenance', () => {
  const merged = merge(
    fields({ firstName: 'Old' }),
    link({ firstName: { value: 'Old', raw: 'Old' } }),
    latest,
    incoming({ first: 'Neu' }),
    SYSTEMS,
  )
  expect(merged.fields.firstName).toEqual({ value: 'Neu', system: 'a', actor: null, event: 7, at: 100, changedAt: 20 })
  expect(merged.changes).toEqual([{ field: 'firstName', from: 'Old', to: 'Neu', system: 'a', actor: null }])
})

test('clearing a field is a change; a field that is absent is not', () => {
  const before = link({ firstName: { value: 'Old', raw: 'Old' }, email: { value: 'a@b.co', raw: 'a@b.co' } })
  const merged = merge(fields({ firstName: 'Old', email: 'a@b.co' }), before, latest, incoming({ first: null }), SYSTEMS)
  expect(merged.fields.firstName!.value).toBeNull()
  expect(merged.fields.email!.value).toBe('a@b.co')
})

test.each([
  ['latest', 5, 'ours'],
  ['latest', 20, 'theirs'],
  ['latest', 10, 'theirs'], // a tie: `a` is declared first
  ['a', 5, 'theirs'],
  ['b', 20, 'ours'],
])('a clash under authority %s with their change at %i goes to %s, and the loser is kept', (authority, changedAt, winner) => {
  const merged = merge(
    fields({ firstName: 'Ours' }),
    link({ firstName: { value: 'Base', raw: 'Base' } }),
    mapping(authority),
    incoming({ first: 'Theirs' }, changedAt),
    SYSTEMS,
  )
  expect(merged.fields.firstName!.value).toBe(winner === 'ours' ? 'Ours' : 'Theirs')
  const lost = merged.changes.filter((change) => change.lost)
  expect(lost.map((change) => change.from)).toEqual([winner === 'ours' ? 'Theirs' : 'Ours'])
  // When ours wins, theirs has still to be told.
  expect(isBehind({ fields: merged.fields }, { ...link(merged.agreed), externalId: '1' }, latest)).toBe(winner === 'ours')
})

test('a clash under authority ask writes nothing on either side and names both values', () => {
  const merged = merge(
    fields({ firstName: 'Ours' }),
    link({ firstName: { value: 'Base', raw: 'Base' } }),
    mapping('ask'),
    incoming({ first: 'Theirs' }),
    SYSTEMS,
  )
  expect(merged.fields.firstName!.value).toBe('Ours')
  expect(merged.clashes.map((clash) => [clash.kept.value, clash.offered.value])).toEqual([['Ours', 'Theirs']])
  expect(isBehind({ fields: merged.fields }, { ...link(merged.agreed), externalId: '1' }, latest)).toBe(false)
})

test('outgoing fields never come in, incoming fields never go out', () => {
  const merged = merge(fields({ city: 'Lisboa' }), link(), latest, incoming({ city: 'Porto', title: 'CTO' }), SYSTEMS)
  expect(merged.fields.city!.value).toBe('Lisboa')
  expect(merged.fields.jobTitle!.value).toBe('CTO')
  expect(Object.keys(draft({ fields: merged.fields }, link(merged.agreed), latest, false))).toEqual(['city'])
})

const text = fc.option(fc.constantFrom('Ana', 'ana', ' Ana ', 'Bea', 'Ü', 'Ü'), { nil: null })
const state = fc.record({ mine: text, agreed: fc.option(text, { nil: undefined }), theirs: text, mineAt: fc.nat(3), theirsAt: fc.nat(3) })

test('law: merging the same snapshot twice is merging it once', () => {
  fc.assert(
    fc.property(state, fc.constantFrom('latest', 'ask', 'a', 'b'), (s, authority) => {
      const m = mapping(authority)
      const before = link(s.agreed === undefined ? {} : { firstName: { value: s.agreed?.trim() ?? null, raw: s.agreed } })
      const arriving = incoming({ first: s.theirs }, s.theirsAt)
      const once = merge(fields({ firstName: s.mine?.trim() ?? null }, 'b', s.mineAt), before, m, arriving, SYSTEMS)
      const twice = merge(once.fields, link(once.agreed), m, arriving, SYSTEMS)
      expect(twice.changes).toEqual([])
      expect(twice.fields).toBe(once.fields)
    }),
  )
})

test('law: no value is lost: what both sides held is on the record or in the changes', () => {
  fc.assert(
    fc.property(state, fc.constantFrom('latest', 'ask', 'a', 'b'), (s, authority) => {
      const mine = s.mine?.trim() ?? null
      const before = link(s.agreed === undefined ? {} : { firstName: { value: s.agreed?.trim() ?? null, raw: s.agreed } })
      const merged = merge(
        fields({ firstName: mine }, 'b', s.mineAt),
        before,
        mapping(authority),
        incoming({ first: s.theirs }, s.theirsAt),
        SYSTEMS,
      )
      const kept = [merged.fields.firstName!.value, ...merged.changes.flatMap((change) => [change.from, change.to])].map((value) =>
        String(value).normalize('NFC'),
      )
      if (mine !== null) expect(kept).toContain(mine.normalize('NFC'))
      const theirs = s.theirs?.trim().normalize('NFC')
      const isNews = theirs !== undefined && (s.agreed === undefined || s.agreed?.trim().normalize('NFC') !== theirs)
      if (isNews) expect(kept).toContain(theirs)
    }),
  )
})

test('law: after a merge and a write of what it left to tell, both sides agree', () => {
  fc.assert(
    fc.property(state, fc.constantFrom('latest', 'a', 'b'), (s, authority) => {
      const m = mapping(authority)
      const before = link(s.agreed === undefined ? {} : { firstName: { value: s.agreed?.trim() ?? null, raw: s.agreed } })
      const merged = merge(
        fields({ firstName: s.mine?.trim() ?? null }, 'b', s.mineAt),
        before,
        m,
        incoming({ first: s.theirs }, s.theirsAt),
        SYSTEMS,
      )
      const left = draft({ fields: merged.fields }, link(merged.agreed), m, false)
      const shown = left.firstName ? left.firstName.value : (s.theirs?.trim() ?? null)
      const codec = m.fields.find((field) => field.field === 'firstName')!.codec
      expect(codec.normal(shown)).toEqual(codec.normal(merged.fields.firstName?.value ?? null))
    }),
  )
})

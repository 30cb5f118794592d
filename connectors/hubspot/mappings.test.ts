import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkMapping, loadRegistry, parseMapping } from '@throughline/contracts'
import { seededRandom } from '@throughline/sdk/sandbox'
import { describe, expect, it } from 'vitest'
import { hubspot } from './index.ts'
import { company, deal, person, ticket } from './sandbox/people.ts'
import { accepted, acceptedNew } from './sandbox/properties.ts'
import { SETTINGS, TYPES } from './sandbox/types.ts'

const registry = loadRegistry()
const mappings = Object.fromEntries(
  Object.entries(hubspot.mappings).map(([stream, url]) => {
    const file = fileURLToPath(url)
    return [stream, parseMapping(readFileSync(file, 'utf8'), file)]
  }),
)
const make = { contacts: person, companies: company, deals: deal, tickets: ticket }

describe.each(TYPES)('%s', (stream) => {
  const mapping = mappings[stream]!
  const { entity, decode, encode } = hubspot.streams[stream]!
  const contract = registry.entity(entity)

  it('fits its contract and stream', () => {
    expect([mapping.connector, mapping.stream, mapping.entity]).toEqual(['hubspot', stream, entity])
    expect(() => checkMapping(mapping, contract, { streams: Object.keys(hubspot.streams) })).not.toThrow()
  })

  it('reads seeded objects without a problem, and writes them back unchanged in meaning', () => {
    const random = seededRandom(5)
    for (let index = 0; index < 300; index += 1) {
      const stored = acceptedNew(stream, make[stream](index, random), SETTINGS)
      const read = (properties: unknown) =>
        mapping.toCanonical(decode({ id: '1', state: 'live', modifiedAt: 0, modifiedText: null, actor: null, body: { properties } }))
      const { values, problems } = read(stored)
      expect(problems).toEqual([])
      const back = accepted(stream, encode(mapping.toRemote(values)), SETTINGS)
      const again = read({ ...stored, ...back }).values
      for (const field of mapping.fields) {
        expect(field.codec.normal(again[field.field] ?? null)).toEqual(field.codec.normal(values[field.field] ?? null))
      }
    }
  })
})

import { readFileSync } from 'node:fs'
import { checkMapping, createAjv, loadRegistry, parseMapping } from '@throughline/contracts'
import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { findObject } from './sandbox/objects.ts'
import type { SalesforceStream } from './stream.ts'

const registry = loadRegistry()

test.each(Object.entries(salesforce.mappings))('the mapping of %s fits its entity, its stream and the vendor’s fields', (name, url) => {
  const mapping = parseMapping(readFileSync(url, 'utf8'), url.pathname)
  const entity = registry.entity(mapping.entity)
  checkMapping(mapping, entity, { streams: Object.keys(salesforce.streams), connections: [] })
  const stream = salesforce.streams[name] as (typeof salesforce.streams)[string] & { readonly type: string }
  expect([mapping.stream, mapping.entity, mapping.connector]).toEqual([name, stream.entity, 'salesforce'])
  const object = findObject(stream.type)
  for (const { remote } of mapping.fields) expect(object?.fields.has(remote), remote).toBe(true)
  const required = [...(object?.fields.values() ?? [])].filter((field) => field.required).map((field) => field.name)
  const sent = mapping.toRemote(Object.fromEntries(mapping.fields.map(({ field }) => [field, null])))
  const starts = (stream as unknown as SalesforceStream).nature.insists ?? {}
  for (const field of required) expect(sent[field] ?? starts[field], `${field} is sent even where the record has none`).toBeTruthy()
  expect(mapping.toCanonical(sent).problems).toEqual([])
  expect(new Set(Object.values(mapping.toCanonical(sent).values))).toEqual(new Set([null]))
  for (const field of mapping.fields) {
    const own = object?.fields.get(field.remote)
    const allowed = entity.schema.properties[field.field]?.enum?.filter((value) => typeof value === 'string') ?? []
    // What a restricted picklist would refuse is never sent.
    if (own?.restricted && field.direction !== 'in')
      expect(own.values).toEqual(expect.arrayContaining(allowed.map((value) => field.codec.encode(value))))
    for (const value of own?.values ?? []) expect(field.codec.decode(value), `${field.remote} ${value}`).not.toBeNull()
  }
})

test('the configuration schema takes a client or a token, and no lightning address', () => {
  const validate = createAjv().compile(salesforce.configSchema)
  const instanceUrl = 'https://acme.my.salesforce.com'
  const good = [
    { instanceUrl, clientId: 'a', clientSecret: 'b' },
    { instanceUrl, accessToken: 't', version: '68.0', overlapMs: 60_000 },
  ]
  const bad = [
    { instanceUrl },
    { instanceUrl, clientId: 'a' },
    { instanceUrl, clientId: 'a', clientSecret: 'b', accessToken: 't' },
    { instanceUrl: 'https://acme.lightning.force.com', accessToken: 't' },
    { instanceUrl, accessToken: 't', extra: 1 },
  ]
  expect(good.map((config) => validate(config))).toEqual([true, true])
  expect(bad.map((config) => validate(config))).toEqual(bad.map(() => false))
})

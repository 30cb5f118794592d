import { readFileSync } from 'node:fs'
import { checkMapping, createAjv, loadRegistry, parseMapping } from '@throughline/contracts'
import { describe, expect, it } from 'vitest'
import * as cms from './index.ts'

const registry = loadRegistry()
const connectors = [cms.strapi, cms.ghost, cms.directus, cms.wordpress]

describe.each(connectors.map((connector) => [connector.name, connector] as const))('%s', (name, connector) => {
  it.each(Object.entries(connector.mappings))('the mapping of %s fits its entity and its stream', (stream, url) => {
    const mapping = parseMapping(readFileSync(url, 'utf8'), url.pathname)
    checkMapping(mapping, registry.entity(mapping.entity), { streams: Object.keys(connector.streams), connections: [] })
    expect([mapping.connector, mapping.stream, mapping.entity]).toEqual([name, stream, connector.streams[stream]?.entity])
    const statuses = mapping.fields.find((field) => field.field === 'status')
    expect(statuses?.remote).toBe('status')
  })

  it('the configuration schema asks for what is needed, and hides secrets', () => {
    const validate = createAjv().compile(connector.configSchema)
    const url = 'https://cms.example.com'
    const adminKey = `${'0'.repeat(24)}:${'ab'.repeat(32)}`
    const good =
      name === 'ghost'
        ? { url, adminKey, webhookSecret: 's' }
        : name === 'strapi'
          ? { url, token: 't', webhookToken: 's' }
          : { url, token: 't', webhookSecret: 's' }
    expect(validate(good)).toBe(true)
    for (const missing of Object.keys(good)) {
      expect(validate(Object.fromEntries(Object.entries(good).filter(([key]) => key !== missing)))).toBe(false)
    }
    expect(validate({ ...good, extra: 1 })).toBe(false)
    const { properties } = connector.configSchema as { properties: Record<string, { writeOnly?: boolean }> }
    const hidden = Object.keys(properties).filter((key) => properties[key]?.writeOnly === true)
    expect(hidden.toSorted()).toEqual(
      Object.keys(good)
        .filter((key) => key !== 'url')
        .toSorted(),
    )
  })
})

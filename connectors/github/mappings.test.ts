import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkMapping, loadRegistry, parseMapping } from '@throughline/contracts'
import { expect, it } from 'vitest'
import { configSchema } from './config.ts'
import { github } from './index.ts'

const entity = loadRegistry().entity('ticket')
const mapping = parseMapping(readFileSync(github.mappings.issues!, 'utf8'), fileURLToPath(github.mappings.issues!))

it('every status and priority of a ticket comes back from GitHub as it went', () => {
  checkMapping(mapping, entity, { streams: Object.keys(github.streams) })
  for (const status of ['new', 'open', 'waiting', 'closed']) {
    for (const priority of ['low', 'medium', 'high', 'urgent', null]) {
      const { state, labels } = github.streams.issues!.encode({ status, priority }) as {
        state: string
        labels: { group: string; value: string | null }[]
      }
      const shown = labels.flatMap(({ group, value }) => (value === null ? [] : [{ name: `${group}:${value}` }]))
      const raw = {
        id: '1',
        state: 'live',
        modifiedAt: 0,
        modifiedText: null,
        actor: null,
        body: { number: 1, state, labels: shown },
      } as const
      expect(mapping.toCanonical(github.streams.issues!.decode(raw)).values).toMatchObject({ status, priority })
    }
  }
})

it('the configuration marks its secrets', () => {
  const { properties } = configSchema
  expect(Object.entries(properties).flatMap(([name, member]) => ('writeOnly' in member ? [name] : []))).toEqual(['token', 'webhookSecret'])
})

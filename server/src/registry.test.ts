import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { loadRegistry } from '@throughline/contracts'
import { expect, test } from 'vitest'
import { library } from './registry.ts'
import { setupsOf } from './setups.ts'

const FOLDER = resolve(import.meta.dirname, '../../connectors')

test('every connector that a folder of connectors brings is registered', async () => {
  const files = readdirSync(FOLDER)
    .filter((name) => name !== 'sdk')
    .map((name) => resolve(FOLDER, name, 'index.ts'))
    .filter((file) => existsSync(file))
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(file).href) as Promise<Record<string, unknown>>))
  const brought = modules
    .flatMap((one) => Object.values(one))
    .flatMap((one) => (typeof one === 'object' && one !== null && 'connect' in one && 'name' in one ? [String(one.name)] : []))
  expect(library.names.toSorted()).toEqual(brought.toSorted())
})

test.each([...library.names])('the mappings of %s fit when all its streams are synced', async (name) => {
  const connector = (await library.load([name])).get(name)!
  expect(connector.name).toBe(name)
  const connection = { name, connector, pollMs: null, mappings: {}, limits: null, streams: null }
  const [setup] = setupsOf([connection], new Map(), loadRegistry(), { fetch: globalThis.fetch })
  expect(setup!.mappings.map(({ stream }) => stream).toSorted()).toEqual(Object.keys(connector.streams).toSorted())
})

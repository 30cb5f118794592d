import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest'
import type { Entities, Person } from '../types.gen.ts'
import { generate, generateTypes } from './generate.ts'
import { loadRegistry } from './registry.ts'

let dir = ''
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'types-'))))
afterEach(() => rmSync(dir, { recursive: true }))

test('the committed types fit the schemas', async () => {
  expect(readFileSync(new URL('../types.gen.ts', import.meta.url), 'utf8')).toBe(await generateTypes(loadRegistry().entities()))
})

test('a stale or missing file fails the check, which says what to run and writes nothing', async () => {
  const file = pathToFileURL(join(dir, 'types.gen.ts'))
  const said: string[] = []
  expect(await generate(true, file, (line) => said.push(line))).toBe(1)
  writeFileSync(file, 'export {}\n')
  expect(await generate(true, file, (line) => said.push(line))).toBe(1)
  expect(readFileSync(file, 'utf8')).toBe('export {}\n')
  expect(said).toHaveLength(2)
  expect(said[1]).toContain('Run: node contracts/src/generate.ts')
  expect(await generate(false, file)).toBe(0)
  expect(await generate(true, file)).toBe(0)
})

test('the types say what the schemas say', () => {
  expectTypeOf<keyof Entities>().toEqualTypeOf<'article' | 'company' | 'deal' | 'person' | 'task' | 'ticket'>()
  expectTypeOf<Person['email']>().toEqualTypeOf<string | null | undefined>()
  expectTypeOf<{ lifecycle: 'unheard_of' }>().not.toExtend<Person>()
})

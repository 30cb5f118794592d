import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exceptionProblem } from './exceptions.ts'
import type { Law } from './law.ts'
import { laws } from './laws.ts'
import { type Defect, defects } from './reference/defects.ts'
import { referenceSubject } from './reference/subject.ts'

async function broken(defect: Defect): Promise<string[]> {
  const failed: string[] = []
  for (const { name, run } of laws(referenceSubject(defect))) {
    await run().catch(() => failed.push(name.replace('people: ', '')))
  }
  return failed
}

describe('each defect breaks its laws and no others', () => {
  test.each(Object.keys(defects) as Defect[])('%s', async (defect) => {
    expect((await broken(defect)).sort()).toEqual([...defects[defect]].sort())
  })

  test('every law is broken by some defect', () => {
    const proven = new Set<string>(Object.values(defects).flat())
    const all = laws(referenceSubject()).map((law) => law.name.replace('people: ', ''))
    expect(all.filter((name) => !proven.has(name))).toEqual([])
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('leaving a law out', () => {
  const law = (holds: boolean, safety = false): Law => ({
    name: 'x',
    safety,
    run: () => (holds ? Promise.resolve() : Promise.reject(new Error('broken'))),
  })
  const reason = 'This vendor keeps no trace of it.'

  test('needs a law that is there, that is no safety law, that is broken, and a sentence', async () => {
    expect(await exceptionProblem([law(false)], 'x', reason)).toBeNull()
    expect(await exceptionProblem([law(false)], 'y', reason)).toContain('no law')
    expect(await exceptionProblem([law(false, true)], 'x', reason)).toContain('safety')
    expect(await exceptionProblem([law(false)], 'x', 'too hard')).toContain('no sentence')
    expect(await exceptionProblem([law(true)], 'x', reason)).toContain('take the exception out')
  })
})

test('every connector is under the laws', () => {
  const connectors = readdirSync(join(import.meta.dirname, '../../connectors')).filter((name) => name !== 'sdk')
  expect(connectors.length).toBeGreaterThan(0)
  const without = connectors.filter((name) => {
    try {
      return !/^conformance\(/m.test(readFileSync(join(import.meta.dirname, `${name}.test.ts`), 'utf8'))
    } catch {
      return true
    }
  })
  expect(without).toEqual([])
})

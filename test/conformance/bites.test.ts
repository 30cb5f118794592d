import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { connectorFolders } from '../matrix.ts'
import { exceptionProblem } from './exceptions.ts'
import type { Law } from './law.ts'
import { laws } from './laws.ts'
import { type Defect, defects, type Has } from './reference/defects.ts'
import { referenceSubject } from './reference/subject.ts'

const only =
  (defect: Defect): Has =>
  (name) =>
    name === defect

/** The defects that a law can meet at all: those the connector, being whole, was asked about while the law ran. */
async function met(): Promise<ReadonlyMap<string, ReadonlySet<Defect>>> {
  const byLaw = new Map<string, ReadonlySet<Defect>>()
  for (const { name } of laws(referenceSubject())) {
    const asked = new Set<Defect>()
    const whole = referenceSubject((defect) => {
      asked.add(defect)
      return false
    })
    await laws(whole)
      .find((law) => law.name === name)
      ?.run()
    byLaw.set(name, asked)
  }
  return byLaw
}

describe('each defect breaks its laws and no others', () => {
  let reach: ReadonlyMap<string, ReadonlySet<Defect>>
  beforeAll(async () => void (reach = await met()))

  test.each(Object.keys(defects) as Defect[])('%s', async (defect) => {
    const broken: string[] = []
    for (const { name, run } of laws(referenceSubject(only(defect)))) {
      if (reach.get(name)?.has(defect)) await run().catch(() => broken.push(name.replace('people: ', '')))
    }
    expect(broken.sort()).toEqual([...defects[defect]].sort())
  })

  test('every law is broken by some defect', () => {
    const proven = new Set<string>(Object.values(defects).flat())
    const all = laws(referenceSubject()).map((law) => law.name.replace('people: ', ''))
    expect(all.filter((name) => !proven.has(name))).toEqual([])
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('a vendor that keeps nothing unique', () => {
  const lookUp = 'people: a create whose answer was lost is found by its record id, once'

  test('is under the same laws, but for the repeat of a create', async () => {
    const all = laws(referenceSubject(undefined, true))
    for (const { run } of all) await run()
    expect(all.map((law) => law.name)).toContain(lookUp)
  })

  test('must be marked so that what was lost is found', async () => {
    const law = laws(referenceSubject(only('creates without the record id'), true)).find(({ name }) => name === lookUp)
    await expect(law?.run()).rejects.toThrow('nowhere')
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
  const connectors = connectorFolders()
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

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { conformance } from './conformance.ts'
import { streamLaws } from './laws.ts'
import { acmeDesk } from './third-party/acme-desk.ts'
import { filesIn, readme, withFiles } from './third-party/readme.ts'
import { acmeDeskSubject } from './third-party/subject.ts'

conformance(acmeDeskSubject)

const text = readFileSync(readme, 'utf8')
const source = readFileSync(new URL('third-party/acme-desk.ts', import.meta.url), 'utf8')

test('the whole connector is shorter than 120 lines, of a width that people read', () => {
  const lines = source.split('\n')
  expect(lines.length).toBeLessThan(120)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(140)
})

test('it needs nothing but the SDK, and no clock, timer, randomness or network of its own', () => {
  expect([...source.matchAll(/from '([^']+)'/g)].map(([, module]) => module).sort()).toEqual(['@throughline/sdk', 'node:crypto'])
  expect(source).not.toMatch(/Date\.now|new Date|Math\.random|setTimeout|setInterval|(?<![.\w])fetch\(|[:<] any\b|as any\b|@ts-/)
})

test('the guide shows the files that are tested here: node test/conformance/third-party/readme.ts writes them', () => {
  expect(filesIn(text)).toEqual(
    ['acme-desk.ts', 'mappings/people.yaml', 'sandbox.ts', 'subject.ts'].map((name) => `test/conformance/third-party/${name}`),
  )
  expect(text).toBe(withFiles(text))
  expect(withFiles(text.replace('const PAGE = 100', 'const PAGE = 99'))).toBe(text)
})

test('the guide says of each law what its refusal means, and whether it may be left out', () => {
  const said = new Map([...text.matchAll(/^\| (.+?) \| (yes|) ?\| .*\|$/gm)].map(([, law = '', safety]) => [law, safety === 'yes']))
  const laws = new Map(streamLaws.map(({ name, safety }) => [name.replace(/an answer \d+/, 'an answer 5xx'), safety]))
  for (const [law, safety] of laws) expect([law, said.get(law)]).toEqual([law, safety])
})

test('the guide explains each ability, and each mistake names a law', () => {
  const [, abilities = ''] = text.split('\n## Abilities\n')
  for (const name of [...Object.keys(acmeDesk.streams['people']!.can), 'markedBy']) expect(abilities).toContain(`\n| \`${name}\` |`)
  const [, mistakes = ''] = text.split('\n## Common mistakes\n')
  const named = mistakes.split('\n## ')[0]!.matchAll(/^\| (?!mistake|---).* \| (.+) \|$/gm)
  const laws = streamLaws.map(({ name }) => name.replace(/an answer \d+/, 'an answer 5xx'))
  const all = [...named].flatMap(([, names = '']) => names.split('; '))
  expect(all.length).toBeGreaterThan(15)
  for (const name of all) expect(laws.some((law) => law.startsWith(name.replace(/,? …$/, '')))).toBe(true)
})

import { globSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Finding, lintTexts, oxlint, root } from './lint.ts'

const restrictedImport = 'eslint(no-restricted-imports)'
const restrictedGlobal = 'eslint(no-restricted-globals)'
const restrictedProperty = 'eslint(no-restricted-properties)'
const portsOnly = 'throughline(ports-only)'
const stayInside = 'throughline(stay-inside)'

/** Deliberate violations: what is wrong, where, its text, and the rule that must say so. */
const violations: readonly (readonly [what: string, path: string, text: string, rule: string])[] = [
  ['contracts imports the SDK', 'contracts/src/a.ts', `import '@throughline/sdk'`, restrictedImport],
  ['the SDK imports core', 'connectors/sdk/src/a.ts', `import '@throughline/core'`, restrictedImport],
  ['a connector imports core', 'connectors/hubspot/a.ts', `import '@throughline/core'`, restrictedImport],
  ['a connector imports another', 'connectors/hubspot/b.ts', `import '@throughline/salesforce'`, restrictedImport],
  ['a new connector imports the server', 'connectors/brand-new/a.ts', `export { x } from '@throughline/server'`, restrictedImport],
  ['core imports a connector', 'core/src/a.ts', `import '@throughline/hubspot'`, restrictedImport],
  ['core imports a sandbox', 'core/src/b.ts', `import '@throughline/hubspot/sandbox'`, restrictedImport],
  ['core imports the server', 'core/src/c.ts', `import '@throughline/server'`, restrictedImport],
  ['core reaches a connector by path', 'core/src/d.ts', `import '../../connectors/hubspot/index.ts'`, stayInside],
  ['a connector reaches the SDK by path', 'connectors/hubspot/c.ts', `import '../sdk/src/index.ts'`, stayInside],
  ['a lazy import leaves its package', 'core/src/e.ts', `export const hub = () => import('../../server/src/app.ts')`, stayInside],
  ['core reads the clock', 'core/src/f.ts', `export const now = Date.now()`, restrictedProperty],
  ['core makes a date of now', 'core/src/g.ts', `export const now = new Date()`, portsOnly],
  ['core draws a random number', 'core/src/h.ts', `export const draw = Math.random()`, restrictedProperty],
  ['core makes a random id', 'core/src/i.ts', `import { randomUUID } from 'node:crypto'\nexport const id = randomUUID()`, portsOnly],
  ['core sleeps on its own', 'core/src/j.ts', `import { setTimeout as sleep } from 'node:timers/promises'\nawait sleep(1)`, portsOnly],
  ['core measures on its own', 'core/src/k.ts', `export const at = performance.now()`, restrictedGlobal],
  ['core repeats on its own', 'core/src/l.ts', `setInterval(() => {}, 5)`, restrictedGlobal],
  ['a connector sets a timer', 'connectors/hubspot/d.ts', `setTimeout(() => {}, 5)`, restrictedGlobal],
  ['a connector fetches on its own', 'connectors/hubspot/e.ts', `export const page = await fetch('http://127.0.0.1')`, restrictedGlobal],
  ['a connector uses its own sandbox', 'connectors/hubspot/f.ts', `import './sandbox/index.ts'`, portsOnly],
  ['core uses test helpers', 'core/src/o.ts', `import './testing/hub.ts'`, portsOnly],
  [
    'an interactive transaction in core',
    'core/src/m.ts',
    `export const run = (db: { transaction(): void }) => db.transaction()`,
    restrictedProperty,
  ],
  [
    'an interactive transaction in a test',
    'core/src/n.test.ts',
    `export const run = (db: { transaction(): void }) => db.transaction()`,
    restrictedProperty,
  ],
  [
    'an interactive transaction in the server',
    'server/src/a.ts',
    `export const run = (db: { transaction(): void }) => db.transaction()`,
    restrictedProperty,
  ],
  ['a promise left alone', 'server/src/b.ts', `const go = async () => 1\ngo()`, 'typescript(no-floating-promises)'],
  ['any', 'server/src/c.ts', `export const x: any = 1`, 'typescript(no-explicit-any)'],
  ['ts-ignore', 'server/src/d.ts', `// @ts-ignore\nexport const x: string = 1`, 'typescript(ban-ts-comment)'],
  [
    'a forgotten state',
    'server/src/e.ts',
    `export function f(s: 'a' | 'b') {\n  switch (s) {\n    case 'a':\n      return 1\n  }\n  return 2\n}`,
    'typescript(switch-exhaustiveness-check)',
  ],
  ['a cycle, first half', 'server/src/f.ts', `import { b } from './g.ts'\nexport const a = () => b`, 'import(no-cycle)'],
  ['a cycle, second half', 'server/src/g.ts', `import { a } from './f.ts'\nexport const b = () => a`, 'import(no-cycle)'],
]

/** What must stay allowed; a rule that forbids everything would pass the checks above. */
const allowed: Readonly<Record<string, string>> = {
  'core/src/clock.ts': `export const now = () => Date.now()\nexport const at = () => new Date()\nsetTimeout(now, 5)`,
  'core/src/ids.ts': `import { randomBytes } from 'node:crypto'\nexport const bytes = () => randomBytes(8)`,
  'core/src/ok.ts': `import type { Delivery } from '@throughline/sdk'\nimport { createHash } from 'node:crypto'\nexport const iso = (ms: number, d: Delivery) => [new Date(ms).toISOString(), createHash('sha256'), d]`,
  'core/src/ok.test.ts': `export const now = Date.now()`,
  'core/src/testing/ok.ts': `export const now = Date.now()`,
  'connectors/hubspot/ok.ts': `import type { Connector } from '@throughline/sdk'\nimport type { Person } from '@throughline/contracts'\nexport type Both = [Connector, Person]`,
  'connectors/hubspot/sandbox/ok.ts': `import { seededRandom } from '@throughline/sdk/sandbox'\nexport const now = [Date.now(), seededRandom(1)]`,
  'server/src/ok.ts': `import { connector } from '@throughline/hubspot'\nexport const at = [new Date(), connector]`,
  'test/journeys/ok.ts': `import { hub } from '@throughline/core'\nimport { connector } from '@throughline/salesforce'\nexport default [hub, connector]`,
}

describe('lint keeps the boundaries', () => {
  let findings: readonly Finding[]
  beforeAll(async () => {
    findings = await lintTexts({ ...Object.fromEntries(violations.map(([, path, text]) => [path, text])), ...allowed })
  })

  test.each(violations)('%s', (_what, path, _text, rule) => {
    expect(findings.filter((finding) => finding.file === path).map((finding) => finding.rule)).toContain(rule)
  })

  test.each(Object.keys(allowed))('%s is left in peace', (path) => {
    expect(findings.filter((finding) => finding.file === path)).toEqual([])
  })
})

test('lint reads every source file of the repository', async () => {
  const found = globSync('{contracts,connectors,core,server,test}/**/*.{ts,tsx}', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/*.gen.ts'],
  })
  const read = new Set((await oxlint(root, '--debug=files')).split('\n').map((line) => line.trim()))
  expect(found.length).toBeGreaterThan(15)
  expect(found.filter((file) => !read.has(file))).toEqual([])
})

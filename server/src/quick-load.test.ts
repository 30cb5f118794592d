import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const core = fileURLToPath(new URL('../../core/', import.meta.url))
const hook = new URL('./quick-load.ts', import.meta.url).href

/** Heap taken by loading drizzle in a process of its own, MB. */
function loading(...args: readonly string[]): number {
  const script = `const { sql } = await import('drizzle-orm')
const { sqliteTable, text } = await import('drizzle-orm/sqlite-core')
const { drizzle } = await import('drizzle-orm/sqlite-proxy')
const t = sqliteTable('t', { id: text('id') })
const db = drizzle(async () => ({ rows: [] }))
if (db.select().from(t).where(sql\`id = 1\`).toSQL().sql !== 'select "id" from "t" where id = 1') throw new Error('loaded wrongly')
console.log(process.memoryUsage().heapTotal)`
  return Number(execFileSync(process.execPath, [...args, '--input-type=module', '-e', script], { cwd: core })) / 1_048_576
}

test('drizzle loads without the hundredfold reading of its package description', () => {
  const quick = loading('--import', hook)
  expect(quick).toBeLessThan(50)
  // The day the plain way is as good, the hook can go.
  expect(loading()).toBeGreaterThan(2 * quick)
})

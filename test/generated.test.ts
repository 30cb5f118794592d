import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrationProblem } from './generated.ts'

test('a schema that says more than the migrations is found', () => {
  // Beside the test, so that drizzle-orm resolves as it does for the real schema.
  const schema = `test/.schema-${process.pid}.ts`
  const path = join(import.meta.dirname, '..', schema)
  writeFileSync(
    path,
    `export * from '../core/src/db/schema.ts'\nimport { sqliteTable, text } from '../core/node_modules/drizzle-orm/sqlite-core'\nexport const extra = sqliteTable('extra', { id: text('id') })\n`,
  )
  try {
    expect(migrationProblem(schema)).toContain('changes without a migration')
  } finally {
    rmSync(path)
  }
})

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { migrationProblem } from './generated.ts'
import { connectors, matrix, withMatrix } from './matrix.ts'

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

test('the table of connectors says what they declare, with reasons, and lands between its marks', async () => {
  const all = await connectors()
  const table = matrix(all)
  for (const { name, streams } of all) {
    for (const [stream, { can }] of Object.entries(streams)) {
      const row = table.split('\n').find((line) => line.startsWith(`| ${name} \`${stream}\` |`))
      expect(row).toContain(`| ${can.batch.write} |`)
      if (can.versionCheck !== true) expect(table).toContain(can.versionCheck.because)
    }
  }
  const marked = 'before <!-- connectors: made by npm run generate -->\nold\n<!-- /connectors --> after'
  const text = withMatrix(marked, table) ?? ''
  expect(text).toContain(table)
  expect(text).not.toContain('old')
  expect(withMatrix(text, table)).toBe(text)
  expect(withMatrix('no marks', table)).toBeNull()
})

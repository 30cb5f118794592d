import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { drivers } from './testing/drivers.ts'
import { openMemory } from './memory.ts'
import { migrate } from './migrate.ts'
import { guard } from './port.ts'

const home = mkdtempSync(join(tmpdir(), 'throughline-migrations-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

let count = 0
/** A folder as drizzle-kit writes it. */
function folder(...migrations: string[]): URL {
  const path = join(home, `${++count}`)
  mkdirSync(join(path, 'meta'), { recursive: true })
  const entries = migrations.map((sql, idx) => {
    writeFileSync(join(path, `000${idx}_step.sql`), sql)
    return { idx, tag: `000${idx}_step` }
  })
  writeFileSync(join(path, 'meta/_journal.json'), JSON.stringify({ entries }))
  return pathToFileURL(`${path}/`)
}

const first = 'CREATE TABLE a (x TEXT);\n--> statement-breakpoint\nCREATE TABLE b (x TEXT);\n'
const second = "ALTER TABLE a ADD y TEXT;--> statement-breakpoint\nINSERT INTO a VALUES ('1', '2');"

const tables = async (db: { all: ReturnType<typeof openMemory>['all'] }) =>
  (await db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")).map(
    (row) => row.name,
  )

describe('migrate', () => {
  test('applies what is new, once, in order', async () => {
    const db = openMemory()
    await migrate(db, folder(first))
    expect(await tables(db)).toEqual(['a', 'b', 'migrations'])
    const both = folder(first, second)
    await migrate(db, both)
    await migrate(db, both)
    expect(await db.all('SELECT * FROM a')).toEqual([{ x: '1', y: '2' }])
  })

  test('a migration that fails leaves nothing of itself, and is tried again', async () => {
    const db = openMemory()
    await expect(
      migrate(db, folder(first, 'CREATE TABLE c (x TEXT);--> statement-breakpoint\nINSERT INTO nowhere VALUES (1)')),
    ).rejects.toThrow(/0001_step/)
    expect(await tables(db)).toEqual(['a', 'b', 'migrations'])
    await migrate(db, folder(first, second))
    expect(await db.all('SELECT * FROM a')).toHaveLength(1)
  })

  test('a database from a newer version is refused and left alone', async () => {
    const db = openMemory()
    await migrate(db, folder(first, second))
    await expect(migrate(db, folder(first))).rejects.toThrow(/newer version.*0001_step/)
    expect(await db.all('SELECT * FROM a')).toHaveLength(1)
  })

  test('a migration that was changed after it ran is refused', async () => {
    const db = openMemory()
    await migrate(db, folder(first))
    await expect(migrate(db, folder(first.replace('b', 'c')))).rejects.toMatchObject({ name: 'MigrationRefused' })
  })

  test.each(Object.keys(drivers) as (keyof typeof drivers)[])('the committed migrations run on %s, also twice at once', async (driver) => {
    const { db, remove } = await drivers[driver]()
    try {
      await db.batch((await tables(db)).map((name) => ({ sql: `DROP TABLE "${name}"`, params: [] })))
      await Promise.all([migrate(db), migrate(db), migrate(db)])
      expect(await tables(db)).toEqual(expect.arrayContaining(['commits', 'deliveries', 'events', 'guard', 'lanes', 'links', 'records']))
      await expect(db.batch([guard('0')])).rejects.toMatchObject({ kind: 'guard' })
    } finally {
      await remove()
    }
  })
})

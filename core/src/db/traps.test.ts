import { createClient } from '@libsql/client'
import Database from 'libsql'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { connect, type Connection } from './connect.ts'
import { openFile } from './file.ts'
import { openMemory } from './memory.ts'
import { migrate } from './migrate.ts'
import { BatchAborted, statement, type Value } from './port.ts'

// For each trap of the driver: what it does by itself, and that the wrapper does not. When a new version of the driver mends one, its
// first half fails here and the rule can go.

interface Raw {
  all(params?: readonly unknown[]): Record<string, unknown>[]
  get(params?: readonly unknown[]): Record<string, unknown>
  run(params?: readonly unknown[]): { changes: number }
  iterate(): Iterable<unknown>
}

const home = mkdtempSync(join(tmpdir(), 'throughline-traps-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

let path: string
let count = 0
beforeEach(() => {
  path = join(home, `${++count}.db`)
})

function raw(file = ':memory:'): { db: Database.Database; prepare: (sql: string) => Raw } {
  const db = new Database(file)
  if (file !== ':memory:') db.exec('PRAGMA journal_mode = WAL')
  return { db, prepare: (sql) => db.prepare(sql) as unknown as Raw }
}

function ours(file = ':memory:', patience = 2_000): Connection {
  const connection = connect(file, { patience })
  connection.runBatch([statement('CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b TEXT UNIQUE)')])
  return connection
}

const rowsIn = (file: string) => raw(file).prepare('SELECT count(*) AS n FROM t').all()[0]!['n']

/** A value that the types forbid but that code can still hand over. */
const smuggled = (value: unknown) => value as Value

function bound(value: unknown): unknown {
  return ours().all('SELECT ? AS x', [smuggled(value)])[0]!['x']
}

describe('reading', () => {
  test('a second method on one prepared statement answers the previous row', () => {
    const { db, prepare } = raw()
    db.exec("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'one'), (2, 'two')")
    const select = prepare('SELECT b FROM t WHERE a = ?')
    expect(select.all([1])).toEqual([{ b: 'one' }])
    expect(select.get([2])['b']).toBe('one')

    const connection = ours()
    connection.runBatch([statement("INSERT INTO t VALUES (1, 'one'), (2, 'two')")])
    for (const [a, b] of [
      [1, 'one'],
      [2, 'two'],
      [1, 'one'],
    ] as const) {
      expect(connection.all('SELECT b FROM t WHERE a = ?', [a])).toEqual([{ b }])
    }
  })

  test('rows carry a key of the driver', () => {
    expect(Object.keys(raw().prepare('SELECT 1 AS x').get())).toContain('_metadata')
    expect(Object.keys(ours().all('SELECT 1 AS x')[0]!)).toEqual(['x'])
  })

  test('leaving an iterator keeps the read transaction open', () => {
    const { db, prepare } = raw(path)
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)')
    for (let i = 0; i < 300; i++) prepare('INSERT INTO t (b) VALUES (?)').run([`${i}`])
    for (const _ of prepare('SELECT * FROM t').iterate()) break
    raw(path).db.exec("INSERT INTO t (b) VALUES ('other')")
    expect(() => db.exec("INSERT INTO t (b) VALUES ('mine')")).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY_SNAPSHOT' }))

    const connection = ours(path)
    expect(connection).not.toHaveProperty('iterate')
    expect(connection.all('SELECT * FROM t')).toHaveLength(301)
    raw(path).db.exec("INSERT INTO t (b) VALUES ('other')")
    connection.runBatch([statement("INSERT INTO t (b) VALUES ('mine')")])
    expect(rowsIn(path)).toBe(303)
  })

  test('of two columns with one name the first is lost', () => {
    expect(raw().prepare('SELECT 1 AS x, 2 AS x').all()).toEqual([{ x: 2 }])
    expect(() => ours().all('SELECT 1 AS x, 2 AS x')).toThrow(/alias/)
  })

  test('a whole number beyond 2^53 is rounded', () => {
    expect(raw().prepare('SELECT 9007199254740993 AS x').all()).toEqual([{ x: 9_007_199_254_740_992 }])
    expect(() => ours().all('SELECT 9007199254740993 AS x')).toThrow(RangeError)
  })

  test('blobs come as something that cannot be bound again', () => {
    expect(raw().prepare("SELECT x'0102' AS x").all()[0]!['x']).toBeInstanceOf(ArrayBuffer)
    const x = ours().all("SELECT x'0102' AS x")[0]!['x']
    expect(x).toBeInstanceOf(Uint8Array)
    expect(bound(x)).toEqual(x)
  })

  test('column names stay true when the schema changes', () => {
    const connection = ours()
    connection.runBatch([statement("INSERT INTO t VALUES (1, 'one')")])
    expect(connection.all('SELECT * FROM t')).toEqual([{ a: 1, b: 'one' }])
    connection.runBatch([statement('ALTER TABLE t RENAME COLUMN b TO c')])
    expect(connection.all('SELECT * FROM t')).toEqual([{ a: 1, c: 'one' }])
    connection.runBatch([statement('ALTER TABLE t ADD COLUMN d TEXT')])
    expect(connection.all('SELECT * FROM t')).toEqual([{ a: 1, c: 'one', d: null }])
  })

  test('the option `readonly` does nothing', () => {
    const { db } = raw(path)
    db.exec('CREATE TABLE t (a)')
    new Database(path, { readonly: true }).exec('INSERT INTO t VALUES (1)')
    expect(rowsIn(path)).toBe(1)

    const reader = connect(path, { readonly: true })
    expect(() => reader.all('INSERT INTO t VALUES (2) RETURNING a')).toThrow(/readonly/)
    expect(() => reader.runBatch([statement('INSERT INTO t VALUES (2)')])).toThrow(/readonly/)
    expect(rowsIn(path)).toBe(1)
  })
})

describe('binding', () => {
  test('a boolean aborts the process', () => {
    const script = `const D = require('libsql'); try { new D(':memory:').prepare('SELECT ? AS x').all([true]) } catch {} console.log('alive')`
    const child = spawnSync(process.execPath, ['-e', script], { cwd: import.meta.dirname, encoding: 'utf8' })
    expect(child.stdout).not.toContain('alive')
    expect(child.status).not.toBe(0)
    // The child must have died of the boolean, not of a script that cannot run.
    const control = spawnSync(process.execPath, ['-e', script.replace('true', '1')], { cwd: import.meta.dirname, encoding: 'utf8' })
    expect(control.stdout).toContain('alive')

    expect(() => bound(true)).toThrow(TypeError)
  })

  test('NaN is stored as NULL, infinity as infinity', () => {
    expect(raw().prepare('SELECT ? AS x').all([NaN])).toEqual([{ x: null }])
    for (const value of [NaN, Infinity, -Infinity]) expect(() => bound(value)).toThrow(TypeError)
  })

  test('a bigint beyond 2^53 comes back rounded', () => {
    expect(
      raw()
        .prepare('SELECT ? AS x')
        .all([2n ** 53n + 1n]),
    ).toEqual([{ x: 2 ** 53 }])
    for (const value of [2n ** 53n + 1n, -(2n ** 53n) - 1n, 2n ** 64n, 2 ** 53]) expect(() => bound(value)).toThrow(TypeError)
    expect(bound(BigInt(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('a whole number is bound as REAL, and a text column keeps 1.0', () => {
    const { db, prepare } = raw()
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)')
    prepare('INSERT INTO t VALUES (1, ?)').run([1])
    expect(prepare('SELECT b FROM t').all()).toEqual([{ b: '1.0' }])

    const connection = ours()
    connection.runBatch([statement('INSERT INTO t VALUES (?, ?)', 1, 1)])
    expect(connection.all('SELECT b, typeof(?) AS whole, typeof(?) AS part FROM t', [2 ** 40, 1.5])).toEqual([
      { b: '1', whole: 'integer', part: 'real' },
    ])
  })

  test('text is cut at NUL, and a lone surrogate replaced', () => {
    expect(raw().prepare('SELECT ? AS x').all(['a\0b'])).toEqual([{ x: 'a' }])
    expect(raw().prepare('SELECT ? AS x').all(['\ud800'])).toEqual([{ x: '\ufffd' }])
    for (const value of ['a\0b', '\ud800']) expect(() => bound(value)).toThrow(TypeError)
    expect(bound('ü 😀')).toBe('ü 😀')
  })

  test('missing parameters are NULL and extra ones are dropped', () => {
    expect(raw().prepare('SELECT ? AS x, ? AS y').all([1])).toEqual([{ x: 1, y: null }])
    expect(raw().prepare('SELECT ? AS x').all([1, 2])).toEqual([{ x: 1 }])
    for (const params of [[1], [1, 2, 3]]) expect(() => ours().all('SELECT ? AS x, ? AS y', params)).toThrow(/placeholders/)
    expect(() => bound(undefined)).toThrow(TypeError)
    expect(ours().all(`SELECT '?' AS "a?", ? AS b -- ?\n/* ? */`, [1])).toEqual([{ 'a?': '?', b: 1 }])
    expect(() => ours().all('SELECT :name AS x', [1])).toThrow(/anonymous/)
  })

  test('objects, functions and symbols are refused', () => {
    for (const value of [{}, [], () => 1, Symbol('x'), new Date(0)]) expect(() => bound(value)).toThrow(TypeError)
  })
})

describe('writing', () => {
  test('RETURNING through run() answers OK and commits nothing', () => {
    const { db, prepare } = raw(path)
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)')
    prepare("INSERT INTO t (b) VALUES ('x') RETURNING a").run()
    expect(rowsIn(path)).toBe(0)

    const connection = ours(join(home, 'returning.db'))
    expect(connection.runBatch([statement("INSERT INTO t (b) VALUES ('x') RETURNING a")])).toEqual([[{ a: 1 }]])
    expect(rowsIn(join(home, 'returning.db'))).toBe(1)
  })

  test('of several statements in one text only the first runs', () => {
    const { db, prepare } = raw(path)
    db.exec('CREATE TABLE t (b TEXT)')
    prepare("INSERT INTO t VALUES ('x'); INSERT INTO t VALUES ('y')").run()
    expect(rowsIn(path)).toBe(1)

    const connection = ours()
    expect(() => connection.runBatch([statement("INSERT INTO t (b) VALUES ('x'); INSERT INTO t (b) VALUES ('y')")])).toThrow(
      /one statement/,
    )
    expect(connection.all('SELECT * FROM t')).toEqual([])
    connection.runBatch([statement("INSERT INTO t (b) VALUES ('x;y'); ")])
    connection.runBatch([statement("CREATE TRIGGER kept BEFORE DELETE ON t BEGIN SELECT 1; SELECT RAISE(ABORT, 'kept'); END")])
    expect(() => connection.runBatch([statement('DELETE FROM t')])).toThrow(/kept/)
  })

  test('a COMMIT among the statements would store half a batch', () => {
    const connection = ours()
    for (const sql of ['COMMIT', ' end', 'ROLLBACK', 'SAVEPOINT s', 'begin immediate']) {
      const batch = [statement("INSERT INTO t (b) VALUES ('x')"), statement(sql), statement('INSERT INTO nowhere VALUES (1)')]
      expect(() => connection.runBatch(batch)).toThrow(/its own transaction/)
    }
    expect(connection.all('SELECT * FROM t')).toEqual([])
  })

  test('a statement that fails leaves nothing of its batch, and the connection usable', () => {
    const connection = ours(path)
    for (const last of ["INSERT INTO t (b) VALUES ('x') RETURNING a", "INSERT INTO t (b) VALUES ('x')", 'nonsense']) {
      const batch = [statement("INSERT INTO t (b) VALUES ('x')"), statement(last)]
      expect(() => connection.runBatch(batch)).toThrow(expect.objectContaining({ name: 'BatchAborted', index: 1 }))
    }
    expect(rowsIn(path)).toBe(0)
    connection.runBatch([statement("INSERT INTO t (b) VALUES ('x')")])
    expect(rowsIn(path)).toBe(1)
  })

  test('after one BUSY the connection acknowledges what it never stores', () => {
    const { db, prepare } = raw(path)
    db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)')
    const foreign = raw(path).db
    foreign.exec('BEGIN IMMEDIATE')
    expect(() => prepare("INSERT INTO t (b) VALUES ('x') RETURNING a").all()).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }))
    foreign.exec('ROLLBACK')
    for (let i = 0; i < 10; i++) expect(prepare('INSERT INTO t (b) VALUES (?)').run([`${i}`]).changes).toBe(1)
    expect(rowsIn(path)).toBe(0)

    const file = join(home, 'busy.db')
    const connection = ours(file, 50)
    const holder = raw(file).db
    holder.exec('BEGIN IMMEDIATE')
    const insert = statement("INSERT INTO t (b) VALUES ('x') RETURNING a")
    expect(() => connection.runBatch([insert])).toThrow(expect.objectContaining({ name: 'BatchAborted', index: -1 }))
    expect(() => connection.all(insert.sql)).toThrow(BatchAborted)
    holder.exec('ROLLBACK')
    for (let i = 0; i < 10; i++) connection.runBatch([statement('INSERT INTO t (b) VALUES (?) RETURNING a', `${i}`)])
    expect(rowsIn(file)).toBe(10)
  })

  test('the pooled client lets concurrent writers of a file fail; one owner lets none', async () => {
    const client = createClient({ url: `file:${path}` })
    await client.execute('CREATE TABLE t (b TEXT)')
    const pooled = await Promise.allSettled(
      Array.from({ length: 16 }, async () => {
        // oxlint-disable-next-line no-restricted-properties -- shows why it is banned
        const begun = await client.transaction('write')
        await begun.execute("INSERT INTO t VALUES ('x')")
        await begun.commit()
      }),
    )
    expect(pooled.filter((outcome) => outcome.status === 'rejected').length).toBeGreaterThan(0)
    client.close()

    const db = await openFile(join(home, 'owner.db'))
    await db.batch([statement('CREATE TABLE t (b TEXT)')])
    await Promise.all(Array.from({ length: 64 }, () => db.batch([statement("INSERT INTO t VALUES ('x')")])))
    expect(await db.all('SELECT count(*) AS n FROM t')).toEqual([{ n: 64 }])
    await db.close()
  })

  test('keys of an ever-growing table are ordered: the log has no random unique key', async () => {
    const db = openMemory()
    await migrate(db)
    for (const table of ['events', 'audit']) {
      expect(await db.all('SELECT name FROM pragma_index_list(?) WHERE "unique" = 1', [table])).toEqual([])
    }
    expect(await db.all('SELECT name FROM pragma_index_list(\'seen\') WHERE "unique" = 1')).toHaveLength(1)
    await db.close()
  })
})

import Database from 'libsql'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { openFile } from './file.ts'
import { startHub } from './testing/child.ts'

const home = mkdtempSync(join(tmpdir(), 'throughline-lock-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

function stored(path: string): Set<string> {
  const db = new Database(path)
  const rows = db.prepare('SELECT seen.key AS key FROM seen JOIN audit ON audit.subject = seen.key').all() as { key: string }[]
  const doubled = db.prepare('SELECT subject FROM audit GROUP BY subject HAVING count(*) > 1').all()
  db.close()
  expect(doubled).toEqual([])
  return new Set(rows.map((row) => row.key))
}

describe('a foreign process that holds the write lock', () => {
  test('for three seconds under load costs time, but no acknowledged write, also through kill -9', async () => {
    const path = join(home, 'foreign.db')
    const hub = await startHub(path)
    await hub.more(200)

    const foreign = new Database(path)
    for (let attempt = 0; !takes(foreign); attempt++) {
      if (attempt > 5_000) throw new Error('the lock was never free')
      await sleep(1)
    }
    // What was acknowledged before the lock is still on its way to us.
    await sleep(300)
    const before = hub.acknowledged.length
    await sleep(3_000)
    expect(hub.acknowledged.length).toBe(before)
    foreign.exec('ROLLBACK')
    foreign.close()

    await hub.more(300)
    await hub.kill()
    expect(hub.errors()).toBe('')
    expect(hub.acknowledged.length).toBeGreaterThanOrEqual(before + 300)
    const found = stored(path)
    expect(hub.acknowledged.filter((key) => !found.has(key))).toEqual([])
  })

  test('longer than our patience is reported, and nothing of the commit is stored', async () => {
    const path = join(home, 'patience.db')
    const db = await openFile(path, { patience: 100 })
    await db.batch([{ sql: 'CREATE TABLE t (x)', params: [] }])
    const foreign = new Database(path)
    expect(takes(foreign)).toBe(true)
    const insert = { sql: 'INSERT INTO t VALUES (1) RETURNING x', params: [] }
    await expect(db.batch([insert])).rejects.toMatchObject({ name: 'BatchAborted', index: -1, message: expect.stringContaining('locked') })
    expect(await db.all('SELECT * FROM t')).toEqual([])
    foreign.exec('ROLLBACK')
    foreign.close()
    expect(await db.batch([insert])).toEqual([[{ x: 1 }]])
    await db.close()
  })
})

describe('the lock file', () => {
  test('keeps a second hub out, names the first, and outlives no kill -9', async () => {
    const path = join(home, 'second.db')
    const hub = await startHub(path)
    await expect(openFile(path)).rejects.toMatchObject({ name: 'AlreadyOpen', message: expect.stringContaining(`pid ${hub.pid}`) })
    await expect(startHub(path)).rejects.toThrow(/already open in another hub/)
    await hub.more(50)
    await hub.kill()

    const db = await openFile(path)
    const found = stored(path)
    expect(hub.acknowledged.filter((key) => !found.has(key))).toEqual([])
    await db.close()
  })

  test('counts within one process too, and is free after close', async () => {
    const path = join(home, 'same.db')
    const db = await openFile(path)
    for (let i = 0; i < 2; i++) await expect(openFile(path)).rejects.toMatchObject({ name: 'AlreadyOpen' })
    await db.close()
    const again = await openFile(path)
    await again.close()
  })
})

function takes(db: Database.Database): boolean {
  try {
    db.exec('BEGIN IMMEDIATE')
    return true
  } catch {
    return false
  }
}

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { openFile } from './file.ts'
import { migrate } from './migrate.ts'
import { statement } from './port.ts'
import { createStore } from './store.ts'

const home = mkdtempSync(join(tmpdir(), 'throughline-file-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const insert = (key: string) => statement('INSERT INTO seen (key, at) VALUES (?, ?)', key, 1)
const ports = { ids: createIds(systemClock), clock: systemClock }

describe('a full disk', () => {
  test('refuses what does not fit, acknowledges none of it, and goes on when there is space', async () => {
    const db = await openFile(join(home, 'full.db'))
    await migrate(db)
    const store = createStore(db, ports)
    await store.commit([insert('before')])
    // A limit in pages answers as a full disk does; it holds for this connection.
    const [[{ page_count: pages } = {}] = []] = await db.batch([statement('PRAGMA page_count')])
    await db.batch([statement(`PRAGMA max_page_count = ${Number(pages) + 2}`)])
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => store.commit([insert(`${i}`.padEnd(20_000, 'x'))])))
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.name)).toEqual(Array(5).fill('StoreFull'))
    expect(await db.all('SELECT key FROM seen')).toEqual([{ key: 'before' }])

    await store.commit([insert('after')])
    expect(await db.all('SELECT key FROM seen ORDER BY key')).toEqual([{ key: 'after' }, { key: 'before' }])
    await store.close()
  })
})

describe('the writing thread', () => {
  test('when it dies amid commits, none is lost or doubled, and a new one takes over', async () => {
    const started: Worker[] = []
    const notice = (worker: Worker) => void started.push(worker)
    process.on('worker', notice)
    const db = await openFile(join(home, 'dies.db'))
    await migrate(db)
    const store = createStore(db, ports)
    let stored = 0
    for (let round = 0; round < 5; round++) {
      const commits = Array.from({ length: 40 }, (_, i) => store.commit([insert(`${round} ${i}`)]))
      if (round % 2 === 0) void started.at(-1)!.terminate()
      await Promise.all(commits)
      stored += commits.length
    }
    process.off('worker', notice)
    expect(started.length).toBe(4)
    expect(await db.all('SELECT count(*) AS n FROM seen')).toEqual([{ n: stored }])
    await store.close()
  })

  test('concurrent batches after its death start one new thread', async () => {
    const started: Worker[] = []
    const notice = (worker: Worker) => void started.push(worker)
    process.on('worker', notice)
    const db = await openFile(join(home, 'one.db'))
    await migrate(db)
    await started[0]!.terminate()
    await Promise.all(Array.from({ length: 10 }, (_, i) => db.batch([insert(`${i}`)])))
    process.off('worker', notice)
    expect(started.length).toBe(2)
    await db.close()
  })
})

describe('opening and closing', () => {
  test('closing empties the WAL, so that the file alone holds everything', async () => {
    const path = join(home, 'closed.db')
    const db = await openFile(path)
    await migrate(db)
    await db.batch([insert('a')])
    await db.close()
    expect(!existsSync(`${path}-wal`) || statSync(`${path}-wal`).size === 0).toBe(true)
    expect(existsSync(`${path}.lock.pid`)).toBe(false)
  })

  test('a closed database refuses, and closing twice is fine', async () => {
    const db = await openFile(join(home, 'twice.db'))
    await db.close()
    await db.close()
    await expect(db.batch([statement('SELECT 1 AS x')])).rejects.toMatchObject({ name: 'BatchAborted', index: -1 })
    await expect(db.all('SELECT 1 AS x')).rejects.toThrow(/closed/)
  })

  test('a file that is no database is refused and not held', async () => {
    const path = join(home, 'letter.txt')
    writeFileSync(path, 'Dear Sir or Madam, '.repeat(500))
    for (let i = 0; i < 2; i++) await expect(openFile(path)).rejects.toThrow(/not a database/)
  })

  test('reading never writes', async () => {
    const db = await openFile(join(home, 'reading.db'))
    await migrate(db)
    await expect(db.all("INSERT INTO seen (key, at) VALUES ('a', 1) RETURNING key")).rejects.toThrow(/readonly/)
    expect(await db.all('SELECT key FROM seen')).toEqual([])
    await db.close()
  })
})

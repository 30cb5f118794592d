import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { migrate } from './migrate.ts'
import { statement, type Db } from './port.ts'
import { openServer } from './server.ts'
import { createStore } from './store.ts'
import { startSqld, type Sqld } from './testing/sqld.ts'
import { startWireCutter, type Cut } from './testing/wire-cutter.ts'

const insert = (key: string) => statement('INSERT INTO seen (key, at) VALUES (?, ?)', key, 1)
const ports = { ids: createIds(systemClock), clock: systemClock }

let sqld: Sqld
let direct: Db
beforeAll(async () => {
  sqld = await startSqld()
  direct = await openServer(sqld.url)
  await migrate(direct)
})
beforeEach(() => direct.batch([statement('DELETE FROM seen')]))
afterAll(async () => {
  await direct.close()
  await sqld.stop()
})

const keys = async () => (await direct.all<{ key: string }>('SELECT key FROM seen ORDER BY key')).map((row) => row.key)

describe('durability', () => {
  test('a server below FULL is refused with the remedy, unless allowed', async () => {
    await sqld.configure({ durability_mode: 'relaxed' })
    try {
      await expect(openServer(sqld.url)).rejects.toMatchObject({ name: 'Relaxed', message: expect.stringContaining('durability_mode') })
      const allowed = await openServer(sqld.url, { allowRelaxed: true })
      await allowed.batch([insert('a')])
      await allowed.close()
    } finally {
      await sqld.configure({ durability_mode: 'strong' })
    }
    expect(await keys()).toEqual(['a'])
  })

  test('is read back again after a lost connection', async () => {
    const cutter = await startWireCutter(sqld.url)
    const db = await openServer(cutter.url)
    await db.batch([insert('a')])
    cutter.cut('request')
    await expect(db.batch([insert('b')])).rejects.toMatchObject({ name: 'AnswerLost' })
    await sqld.configure({ durability_mode: 'relaxed' })
    try {
      await expect(db.batch([insert('c')])).rejects.toMatchObject({
        name: 'BatchAborted',
        index: -1,
        message: expect.stringContaining('synchronous'),
      })
    } finally {
      await sqld.configure({ durability_mode: 'strong' })
    }
    await db.batch([insert('d')])
    expect(await keys()).toEqual(['a', 'd'])
    await db.close()
    await cutter.close()
  })
})

describe('the line', () => {
  test('cut before or after a commit, or mute: every unit is stored once', async () => {
    const cutter = await startWireCutter(sqld.url)
    const db = await openServer(cutter.url, { timeout: 200 })
    const store = createStore(db, ports)
    await store.commit([insert('counter')])
    const cuts: Cut[] = ['answer', 'request', 'silence', 'answer', 'answer', 'request']
    for (const [round, cut] of cuts.entries()) {
      cutter.cut(cut)
      await Promise.all(
        Array.from({ length: 5 }, (_, i) =>
          store.commit([insert(`${round} ${i}`), statement("UPDATE seen SET at = at + 1 WHERE key = 'counter'")]),
        ),
      )
    }
    expect(cutter.cuts).toBe(cuts.length)
    expect(await keys()).toHaveLength(cuts.length * 5 + 1)
    expect(await direct.all("SELECT at FROM seen WHERE key = 'counter'")).toEqual([{ at: 1 + cuts.length * 5 }])
    await store.close()
    await cutter.close()
  })

  test('a server that was never there stored nothing: unavailable, not unknown', async () => {
    const gone = await startSqld()
    const db = await openServer(gone.url)
    await gone.kill()
    const store = createStore(db, ports)
    await expect(store.commit([insert('a')])).rejects.toMatchObject({ name: 'StoreUnavailable' })
    await expect(store.all('SELECT 1 AS x')).rejects.toMatchObject({ name: 'StoreUnavailable' })
    await expect(openServer(gone.url)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    await store.close()
    await gone.stop()
  })
})

describe('the server', () => {
  test('without space refuses and acknowledges nothing', async () => {
    const store = createStore({ ...direct, close: async () => {} }, ports)
    const [[{ page_count: pages } = {}] = []] = await direct.batch([statement('PRAGMA page_count')])
    await sqld.configure({ max_db_size: `${(Number(pages) + 2) * 4096}B` })
    try {
      await expect(store.commit([insert('x'.repeat(100_000))])).rejects.toMatchObject({ name: 'StoreFull' })
    } finally {
      await sqld.configure({ max_db_size: '1000PB' })
    }
    expect(await keys()).toEqual([])
    await store.commit([insert('a')])
    expect(await keys()).toEqual(['a'])
  })

  test('that blocks writes is unavailable', async () => {
    const store = createStore({ ...direct, close: async () => {} }, ports)
    await sqld.configure({ block_writes: true })
    try {
      await expect(store.commit([insert('a')])).rejects.toMatchObject({ name: 'StoreUnavailable' })
    } finally {
      await sqld.configure({ block_writes: false })
    }
    expect(await keys()).toEqual([])
  })

  test('reports a wrong read as the reader’s mistake, not as trouble', async () => {
    await expect(direct.all('SELECT * FROM nowhere')).rejects.toThrow(/nowhere/)
    await expect(direct.all('SELECT * FROM nowhere')).rejects.not.toMatchObject({ name: 'StoreUnavailable' })
    await expect(direct.all('SELECT 9007199254740993 AS x')).rejects.toThrow(RangeError)
    await expect(direct.all('SELECT 1 AS x, 2 AS x')).rejects.toThrow(/alias/)
    await expect(direct.all('SELECT ? AS x', [])).rejects.toThrow(/placeholders/)
  })

  test('lets two hubs write: guards decide, nothing is lost', async () => {
    const other = await openServer(sqld.url)
    const stores = [direct, other].map((db) => createStore({ ...db, close: async () => {} }, ports))
    await direct.batch([insert('counter')])
    const raise = async (which: number): Promise<void> => {
      const store = stores[which % 2]!
      for (let attempt = 0; attempt < 200; attempt++) {
        const [row] = await store.all<{ at: number }>("SELECT at FROM seen WHERE key = 'counter'")
        try {
          await store.commit([
            statement("INSERT INTO guard (ok) SELECT 0 WHERE (SELECT at FROM seen WHERE key = 'counter') <> ?", row!.at),
            statement("UPDATE seen SET at = ? WHERE key = 'counter'", row!.at + 1),
          ])
          return
        } catch (error) {
          if (!(error instanceof Error && error.name === 'GuardFailed')) throw error
        }
      }
      throw new Error('never came through')
    }
    await Promise.all(Array.from({ length: 10 }, (_, i) => raise(i)))
    expect(await direct.all("SELECT at FROM seen WHERE key = 'counter'")).toEqual([{ at: 11 }])
    await other.close()
  })
})

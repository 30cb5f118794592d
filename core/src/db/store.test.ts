import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock, type Clock } from '../clock.ts'
import { createIds } from '../ids.ts'
import { BatchAborted, guard, statement, type Statement, type Value } from './port.ts'
import { createStore, type Store, type StoreOptions } from './store.ts'
import { drivers, type Opened } from './testing/drivers.ts'
import { faulty, type Fault, type FaultyDb } from './testing/faulty.ts'

/** Sleeps take no time, but the clock moves on. */
function hastyClock(): Clock {
  let ahead = 0
  return {
    now: () => systemClock.now() + ahead,
    sleep: async (ms) => {
      ahead += ms
      await new Promise((done) => setImmediate(done))
    },
  }
}

const insert = (key: string, at = 1) => statement('INSERT INTO seen (key, at) VALUES (?, ?)', key, at)
const insertReturning = (key: string) => statement('INSERT INTO seen (key, at) VALUES (?, ?) RETURNING key', key, 1)
const named = (name: string) => expect.objectContaining({ name })

describe.each(Object.keys(drivers) as (keyof typeof drivers)[])('on %s', (driver) => {
  let opened: Opened
  let db: FaultyDb
  let store: Store
  let clock: Clock

  beforeAll(async () => {
    opened = await drivers[driver]()
  })
  afterAll(() => opened.remove())
  beforeEach(async () => {
    await opened.db.batch([statement('DELETE FROM seen'), statement('DELETE FROM commits')])
    clock = hastyClock()
    db = faulty(opened.db)
    store = makeStore()
  })

  const makeStore = (options?: StoreOptions) => createStore(db, { ids: createIds(clock), clock }, options)
  const keys = async () => (await opened.db.all<{ key: string }>('SELECT key FROM seen ORDER BY key')).map((row) => row.key)
  const commits = async () => (await opened.db.all<{ n: number }>('SELECT count(*) AS n FROM commits WHERE at >= 0'))[0]!.n

  describe('the driver', () => {
    test('a guard that does not hold aborts the whole batch and names itself', async () => {
      for (const condition of ['1 = 0', 'NULL', "EXISTS (SELECT 1 FROM seen WHERE key = 'nobody')"]) {
        const batch = opened.db.batch([insert('a'), insert('b'), guard(condition), insert('c')])
        await expect(batch).rejects.toEqual(expect.objectContaining({ name: 'BatchAborted', index: 2, kind: 'guard' }))
      }
      expect(await keys()).toEqual([])
    })

    test('a guard that holds stores the batch and leaves no row', async () => {
      await opened.db.batch([insert('a'), guard('EXISTS (SELECT 1 FROM seen WHERE key = ?)', 'a')])
      expect(await keys()).toEqual(['a'])
      expect(await opened.db.all('SELECT * FROM guard')).toEqual([])
    })

    test('each way to fail has its kind and index, and stores nothing', async () => {
      const failures: [Statement, BatchAborted['kind']][] = [
        [insert('a'), 'constraint'],
        [statement('INSERT INTO seen (key) VALUES (?)', 'x'), 'constraint'],
        [statement('INSERT INTO nowhere VALUES (1)'), 'other'],
        [statement('nonsense'), 'other'],
        [statement('SELECT ? AS x', NaN), 'other'],
        [statement('SELECT ? AS x', true as unknown as Value), 'other'],
        [statement('SELECT ? AS x', (() => 1) as unknown as Value), 'other'],
        [statement('SELECT ? AS x'), 'other'],
      ]
      for (const [failing, kind] of failures) {
        const batch = opened.db.batch([insert('a'), insert('b'), failing])
        await expect(batch).rejects.toEqual(expect.objectContaining({ name: 'BatchAborted', index: 2, kind }))
      }
      expect(await keys()).toEqual([])
      await opened.db.batch([insert('a')])
      expect(await keys()).toEqual(['a'])
    })

    test('answers the rows of each statement; a read after a commit sees it', async () => {
      expect(
        await opened.db.batch([
          insert('a'),
          insertReturning('b'),
          statement('SELECT key FROM seen ORDER BY key'),
          statement('DELETE FROM seen'),
        ]),
      ).toEqual([[], [{ key: 'b' }], [{ key: 'a' }, { key: 'b' }], []])
      for (let i = 0; i < 20; i++) {
        await opened.db.batch([insert(`${i}`)])
        expect(await opened.db.all('SELECT key FROM seen WHERE key = ?', [`${i}`])).toHaveLength(1)
      }
    })

    test('gives back the values it was given', async () => {
      const values = [null, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, '', '1', 'ü 😀 \u2028 "\'`', new Uint8Array(), new Uint8Array([0, 255])]
      for (const value of values) {
        expect(await opened.db.all('SELECT ? AS x', [value])).toEqual([{ x: value }])
        expect(await opened.db.batch([statement('SELECT ? AS x', value)])).toEqual([[{ x: value }]])
      }
      await opened.db.batch([insert('whole', 7), statement('UPDATE seen SET key = ? WHERE at = ?', 8, 7)])
      expect(await keys()).toEqual(['8'])
    })

    test('reading many rows misses none', async () => {
      await opened.db.batch(Array.from({ length: 1_000 }, (_, i) => insert(`${i}`)))
      for (const limit of [99, 100, 101, 200, 1_000]) expect(await opened.db.all('SELECT * FROM seen LIMIT ?', [limit])).toHaveLength(limit)
    })

    test.skipIf(driver === 'memory')('commits durably: synchronous is FULL and the journal a WAL', async () => {
      const [full, mode] = await opened.db.batch([statement('PRAGMA synchronous'), statement('PRAGMA journal_mode')])
      expect(full).toEqual([{ synchronous: 2 }])
      expect(mode).toEqual([{ journal_mode: 'wal' }])
    })
  })

  describe('group commit', () => {
    test('takes all that queued while a commit ran into the next one', async () => {
      db.next('hold')
      const first = store.commit([insertReturning('first')])
      await new Promise((done) => setImmediate(done))
      const rest = Array.from({ length: 50 }, (_, i) => store.commit([insert(`${i}`), insertReturning(`${i} too`)]))
      db.release()
      expect(await first).toEqual([[{ key: 'first' }]])
      expect(await Promise.all(rest)).toEqual(Array.from({ length: 50 }, (_, i) => [[], [{ key: `${i} too` }]]))
      expect(db.batches.map((batch) => batch.length)).toEqual([2, 101])
      expect(await commits()).toBe(2)
    })

    test('a commit holds at most the limit, but never splits a unit', async () => {
      store = makeStore({ batchLimit: 4 })
      const sizes = [2, 2, 1, 7, 3]
      await Promise.all(sizes.map((size, unit) => store.commit(Array.from({ length: size }, (_, i) => insert(`${unit} ${i}`)))))
      expect(db.batches.map((batch) => batch.length - 1)).toEqual([4, 1, 7, 3])
    })

    test('a unit without statements is stored already', async () => {
      expect(await store.commit([])).toEqual([])
      expect(db.batches).toEqual([])
    })

    test('bad units are dropped, each with its reason, and their neighbours stored', async () => {
      const outcomes = await Promise.allSettled([
        store.commit([insert('a'), insert('b')]),
        store.commit([insert('lost'), insert('a')]),
        store.commit([insert('c'), insertReturning('d')]),
        store.commit([insert('lost too'), statement('nonsense')]),
        store.commit([statement('SELECT ? AS x', NaN), insert('lost three')]),
        store.commit([insert('e')]),
      ])
      expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : outcome.value))).toEqual([
        [[], []],
        'ConstraintFailed',
        [[], [{ key: 'd' }]],
        'Error',
        'Error',
        [[]],
      ])
      expect(await keys()).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(await commits()).toBe(1)
    })

    test('a guard drops its own unit only', async () => {
      const version = (n: number) => guard("(SELECT at FROM seen WHERE key = 'record') = ?", n)
      const raise = (from: number) => [version(from), statement("UPDATE seen SET at = ? WHERE key = 'record'", from + 1)]
      await store.commit([insert('record', 1)])
      const outcomes = await Promise.allSettled([
        store.commit(raise(1)),
        store.commit(raise(1)),
        store.commit(raise(2)),
        store.commit(raise(9)),
      ])
      expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : 'stored'))).toEqual([
        'stored',
        'GuardFailed',
        'stored',
        'GuardFailed',
      ])
      expect(await opened.db.all('SELECT at FROM seen')).toEqual([{ at: 3 }])
    })

    test('guarded units never share a commit with unguarded ones', async () => {
      await Promise.all([
        store.commit([insert('a')]),
        store.commit([guard('1'), insert('b')]),
        store.commit([insert('c')]),
        store.commit([insert('d'), guard('1')]),
      ])
      const guarded = db.batches.map((batch) => batch.filter((one) => one.sql.includes('INTO guard')).length)
      expect(guarded).toEqual([0, 2])
      expect(await keys()).toEqual(['a', 'b', 'c', 'd'])
    })

    test('closing waits for what was handed in and takes no more', async () => {
      const lasting = createStore({ ...db, close: async () => {} }, { ids: createIds(clock), clock })
      const commit = lasting.commit([insert('a')])
      await lasting.close()
      expect(await keys()).toEqual(['a'])
      await commit
      await expect(lasting.commit([insert('b')])).rejects.toEqual(named('StoreUnavailable'))
    })
  })

  describe('lost answers', () => {
    test('a stored commit is not repeated', async () => {
      db.next('after')
      expect(await store.commit([insert('a'), insert('b')])).toEqual([[], []])
      expect(await keys()).toEqual(['a', 'b'])
      expect(await commits()).toBe(1)
    })

    test('a unit that returns rows is told that they are lost, and only it', async () => {
      db.next('after')
      const outcomes = await Promise.allSettled([store.commit([insert('a')]), store.commit([insertReturning('b')])])
      expect(outcomes[0]).toEqual({ status: 'fulfilled', value: [[]] })
      expect(outcomes[1]).toEqual({ status: 'rejected', reason: expect.objectContaining({ name: 'AnswerUnknown', stored: true }) })
      expect(await keys()).toEqual(['a', 'b'])
    })

    test('a commit that never arrived is repeated', async () => {
      db.next('before', 'none', 'before')
      expect(await store.commit([insertReturning('a')])).toEqual([[{ key: 'a' }]])
      expect(await keys()).toEqual(['a'])
      expect(await commits()).toBe(1)
    })

    test('a commit that lands after we looked is refused', async () => {
      // An unconditional effect, so that a second landing would show.
      await opened.db.batch([insert('counter', 0)])
      db.next('late')
      await store.commit([statement("UPDATE seen SET at = at + 1 WHERE key = 'counter'")])
      expect(db.late.map((outcome) => outcome.status)).toEqual(['rejected'])
      expect(await opened.db.all('SELECT at FROM seen')).toEqual([{ at: 1 }])
    })

    test('the answers about a lost answer may be lost too', async () => {
      db.next('after', 'before', 'after', 'before', 'after')
      expect(await store.commit([insert('a')])).toEqual([[]])
      expect(await keys()).toEqual(['a'])
      expect(await commits()).toBe(1)
    })

    test('a database that stays silent is given up as unknown, and used again when it is back', async () => {
      db.next('after', ...Array<Fault>(100).fill('before'))
      store = makeStore({ patience: 5_000 })
      await expect(store.commit([insert('a')])).rejects.toEqual(expect.objectContaining({ name: 'AnswerUnknown', stored: 'unknown' }))
      expect(db.batches.length).toBeGreaterThan(3)
      db.heal()
      await store.commit([insert('b')])
      expect(await keys()).toEqual(['a', 'b'])
    })

    test('a commit that keeps failing without being stored is given up as unavailable', async () => {
      db.next('before', 'none', 'before', 'none', 'before', 'none', 'before', 'none', 'before', 'none')
      await expect(store.commit([insert('a')])).rejects.toEqual(named('StoreUnavailable'))
      expect(await keys()).toEqual([])
      expect(await store.commit([insert('a')])).toEqual([[]])
    })

    test('whatever is lost, nothing acknowledged is missing and nothing is doubled', async () => {
      const faults: Fault[] = ['none', 'none', 'after', 'before', 'late']
      const random = random32(driver.length)
      await opened.db.batch([insert('counter', 0)])
      for (let round = 0; round < 6; round++) {
        db.next(...Array.from({ length: 8 }, () => faults[Math.floor(random() * faults.length)]!))
        const outcomes = await Promise.allSettled(
          Array.from({ length: 10 }, (_, i) =>
            store.commit([
              insert(`${round} ${i}`),
              statement("UPDATE seen SET at = at + 1 WHERE key = 'counter'"),
              ...(i % 3 === 0 ? [insert('counter')] : []),
            ]),
          ),
        )
        outcomes.forEach((outcome, i) => expect(outcome.status, `${round} ${i}`).toBe(i % 3 === 0 ? 'rejected' : 'fulfilled'))
      }
      expect(await keys()).toHaveLength(6 * 6 + 1)
      expect(await opened.db.all("SELECT at FROM seen WHERE key = 'counter'")).toEqual([{ at: 36 }])
    })
  })

  test('prune forgets old commit ids and keeps the others', async () => {
    const old = createIds({ now: () => clock.now() - 86_400_000 })
    for (let i = 0; i < 3; i++) {
      await opened.db.batch(Array.from({ length: 500 }, () => statement('INSERT INTO commits (id, at) VALUES (?, ?)', old.next(), 1)))
    }
    await store.commit([insert('a')])
    expect(await store.prune(clock.now() - 3_600_000)).toBe(1_500)
    expect(await opened.db.all('SELECT count(*) AS n FROM commits WHERE at = 1')).toEqual([{ n: 0 }])
    // The one of `a`, and those of pruning itself.
    expect(await commits()).toBe(3)
  })
})

function random32(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

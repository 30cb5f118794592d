import { expect, test } from 'vitest'
import type { Db, Statement } from './db/index.ts'
import { takeOver } from './outbox/take-over.ts'
import { createBench, only, until, webhook } from './testing/hub.ts'

/** Tables that grow without end, or with the number of records: none may be read through from end to end. */
const LARGE = [
  'events',
  'requests',
  'seen',
  'effects',
  'records',
  'history',
  'links',
  'identities',
  'fetches',
  'inbox',
  'deliveries',
  'receipts',
  'exceptions',
  'audit',
]

/** Writes down every statement that passes. */
function record(db: Db, texts: Set<string>): void {
  const { all, batch } = db
  const mutable = db as { all: Db['all']; batch: Db['batch'] }
  mutable.all = (sql, params) => {
    texts.add(sql)
    return all.call(db, sql, params) as never
  }
  mutable.batch = (statements: readonly Statement[]) => {
    for (const { sql } of statements) texts.add(sql)
    return batch.call(db, statements)
  }
}

async function scans(db: Db, sql: string): Promise<string[]> {
  const params = Array<null>(sql.split('?').length - 1).fill(null)
  const plan = await db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, params)
  const names = new Map(
    [...sql.matchAll(/\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)(?:\s+AS)?(?:\s+(?!SET|WHERE|ON|CROSS|JOIN|ORDER|LIMIT|SELECT)(\w+))?/gi)].map(
      (m) => [m[2] ?? m[1]!, m[1]!],
    ),
  )
  return plan
    .map((row) => row.detail)
    .filter((detail) => {
      const scanned = /^SCAN (\w+)(?! VIRTUAL)/.exec(detail)?.[1]
      return scanned !== undefined && !detail.includes('VIRTUAL TABLE') && LARGE.includes(names.get(scanned) ?? scanned)
    })
}

test('no statement of the running hub reads a large table from end to end', async () => {
  const bench = await createBench('memory', { pollMs: 30 })
  const texts = new Set<string>()
  record(bench.opened.db, texts)
  const { hub, left, right, store } = bench
  right.refuse = ({ patch }) =>
    patch.firstName === 'Bad'
      ? { next: 'reject', why: 'no', exchange: { method: '', path: '', request: '', status: 400, answer: '' } }
      : undefined
  await hub.start()
  const id = left.edit(null, { email: 'a@b.co', firstName: 'Ana' })
  left.edit(null, { email: 'bad', firstName: 'Bad' })
  await hub.accept('left', webhook(left, id))
  await until(() => right.things.size === 1)
  right.edit(only(right)[0]!.id, { lastName: 'Silva', email: 'ana@b.co' })
  await until(() => left.things.get(id)!.properties.lastName === 'Silva')
  const dead = () => store.all<{ id: string }>("SELECT id FROM deliveries WHERE state = 'dead' ORDER BY settled_at")
  await until(async () => (await dead()).length === 1)
  await hub.retry([(await dead())[0]!.id], 'test')
  await hub.stop()
  // Once, at the start of a hub that is alone: it may look through what its predecessor had open.
  for (const { sql } of takeOver(0, [])) texts.delete(sql)
  texts.delete("SELECT id FROM deliveries WHERE state = 'dead' ORDER BY settled_at")

  expect(texts.size).toBeGreaterThan(40)
  const found: string[] = []
  for (const sql of [...texts]) for (const detail of await scans(bench.opened.db, sql)) found.push(`${detail}: ${sql}`)
  expect(found.filter((line) => !/^SCAN seen/.test(line) || !line.includes('LIMIT'))).toEqual([])
  await store.close()
})

test('a statement that does read one through is noticed', async () => {
  const bench = await createBench('memory')
  expect(await scans(bench.opened.db, 'SELECT d.id FROM deliveries d WHERE d.why = ?')).toHaveLength(1)
  await bench.close()
})

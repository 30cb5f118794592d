import { desc, eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMemory } from './memory.ts'
import { migrate } from './migrate.ts'
import { statement } from './port.ts'
import { createQuery } from './query.ts'
import { audit, exceptions, seen } from './schema.ts'

const db = openMemory()
const query = createQuery(db)

beforeAll(async () => {
  await migrate(db)
  await db.batch([
    ...Array.from({ length: 5 }, (_, i) => statement('INSERT INTO seen (key, at) VALUES (?, ?)', `k${i}`, i)),
    statement("INSERT INTO audit (at, actor, action, subject, reason) VALUES (1, 'k3', 'made', 'record', NULL)"),
  ])
})
afterAll(() => db.close())

describe('query', () => {
  test('reads pages, single rows and counts', async () => {
    expect(await query.select().from(seen).orderBy(desc(seen.at)).limit(2)).toEqual([
      { key: 'k4', at: 4 },
      { key: 'k3', at: 3 },
    ])
    expect(await query.select().from(seen).where(eq(seen.key, 'k1')).get()).toEqual({ key: 'k1', at: 1 })
    expect(await query.select().from(seen).where(eq(seen.key, 'nobody')).get()).toBeUndefined()
    expect(await query.$count(seen)).toBe(5)
    expect(await query.select().from(exceptions)).toEqual([])
  })

  test('keeps columns in their places, nulls included', async () => {
    const [row] = await query.select({ reason: audit.reason, actor: audit.actor, seq: audit.seq }).from(audit)
    expect(row).toEqual({ reason: null, actor: 'k3', seq: 1 })
  })

  test('two columns of one name are refused, and fine with an alias', async () => {
    const joined = query.select({ seen: seen.at, audit: audit.at }).from(seen).innerJoin(audit, eq(audit.actor, seen.key))
    await expect(joined.all()).rejects.toMatchObject({ cause: { message: expect.stringContaining('alias') } })
    const aliased = query
      .select({ seen: sql<number>`${seen.at}`.as('seen_at'), audit: sql<number>`${audit.at}`.as('audit_at') })
      .from(seen)
      .innerJoin(audit, eq(audit.actor, seen.key))
    expect(await aliased).toEqual([{ seen: 3, audit: 1 }])
  })

  test('columns named by numbers are refused', async () => {
    await expect(
      query
        .select({ key: seen.key, two: sql`2` })
        .from(seen)
        .all(),
    ).rejects.toThrow()
  })
})

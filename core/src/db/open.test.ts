import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { openDb } from './open.ts'
import { statement } from './port.ts'
import { startSqld } from './testing/sqld.ts'

const home = mkdtempSync(join(tmpdir(), 'throughline-open-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('a path and a file: URL name the same file, made with its folder', async () => {
  const path = join(home, 'a folder', 'hub.db')
  const db = await openDb(path)
  await db.batch([statement('INSERT INTO seen (key, at) VALUES (?, ?)', 'a', 1)])
  await db.close()
  for (const url of [`file:${path}`, `file://${path}`, pathToFileURL(path).href]) {
    const again = await openDb(url)
    expect(await again.all('SELECT key FROM seen')).toEqual([{ key: 'a' }])
    await again.close()
  }
})

test('a server and memory are opened by URL, with the schema', async () => {
  const sqld = await startSqld()
  try {
    for (const url of [':memory:', sqld.url]) {
      const db = await openDb(url)
      expect(await db.all('SELECT key FROM seen')).toEqual([])
      await db.close()
    }
  } finally {
    await sqld.stop()
  }
})

test('an unknown scheme is refused before a file of that name is made', async () => {
  await expect(openDb('postgres://user:secret@host/db')).rejects.toThrow(/postgres.*unknown/)
  await expect(openDb('postgres://user:secret@host/db')).rejects.not.toThrow(/secret/)
  expect(existsSync('postgres:')).toBe(false)
})

test('a database that cannot be used is closed again', async () => {
  const path = join(home, 'newer.db')
  const db = await openDb(path)
  await db.batch([statement('INSERT INTO migrations (position, tag, hash) VALUES (?, ?, ?)', 999, '0999_later', 'x')])
  await db.close()
  for (let i = 0; i < 2; i++) await expect(openDb(path)).rejects.toMatchObject({ name: 'MigrationRefused' })
})

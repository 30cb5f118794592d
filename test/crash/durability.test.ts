import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIds, createStore, openDb, statement, systemClock } from '@throughline/core'
import { afterEach, expect, test } from 'vitest'

let dir: string | undefined
afterEach(async () => {
  if (dir) await rm(dir, { recursive: true, force: true })
})

test('the connection that writes is in WAL mode and waits for the disk at each commit', async () => {
  dir = await mkdtemp(join(tmpdir(), 'durability-'))
  const store = createStore(await openDb(`file:${join(dir, 'hub.db')}`), { ids: createIds(systemClock), clock: systemClock })
  try {
    // Asked inside a commit, so that the writing connection answers for itself: `synchronous` belongs to a connection, not to the file.
    const [journal, synchronous] = await store.commit([statement('PRAGMA journal_mode'), statement('PRAGMA synchronous')])
    expect(journal).toEqual([{ journal_mode: 'wal' }])
    // 2 is FULL; with 1 (NORMAL) an acknowledged commit could vanish in a power cut.
    expect(synchronous).toEqual([{ synchronous: 2 }])
  } finally {
    await store.close()
  }
})

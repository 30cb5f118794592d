import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openFile } from '../file.ts'
import { openMemory } from '../memory.ts'
import { migrate } from '../migrate.ts'
import type { Db } from '../port.ts'
import { openServer } from '../server.ts'
import { startSqld } from './sqld.ts'

export interface Opened {
  readonly db: Db
  /** Where `openDb` finds it; memory has no such place. */
  readonly url: string
  /** Closes the database and removes it. */
  remove(): Promise<void>
}

/** Every driver over an empty, migrated database. A suite about the store runs on each of them. */
export const drivers: Readonly<Record<'memory' | 'file' | 'server', () => Promise<Opened>>> = {
  async memory() {
    const db = openMemory()
    await migrate(db)
    return { db, url: ':memory:', remove: () => db.close() }
  },
  async file() {
    const home = mkdtempSync(join(tmpdir(), 'throughline-file-'))
    const url = join(home, 'hub.db')
    const db = await openFile(url)
    await migrate(db)
    return {
      db,
      url,
      async remove() {
        await db.close()
        rmSync(home, { recursive: true, force: true })
      },
    }
  },
  async server() {
    const sqld = await startSqld()
    const db = await openServer(sqld.url)
    await migrate(db)
    return {
      db,
      url: sqld.url,
      async remove() {
        await db.close()
        await sqld.stop()
      },
    }
  },
}

import { openFile } from './file.ts'
import { openMemory } from './memory.ts'
import { migrate } from './migrate.ts'
import type { Db } from './port.ts'
import { openServer, type OpenServerOptions } from './server.ts'

/**
 * Opens the database a URL names and brings its schema up to date: `:memory:`, a path or `file:` URL, or a libSQL server
 * (`http:`, `https:`, `libsql:`). Closes it again when the schema cannot be used.
 */
export async function openDb(url: string, options: OpenServerOptions = {}): Promise<Db> {
  const db = await driver(url, options)
  try {
    await migrate(db)
    return db
  } catch (error) {
    await db.close()
    throw error
  }
}

async function driver(url: string, options: OpenServerOptions): Promise<Db> {
  if (url === ':memory:') return openMemory()
  if (/^(https?|libsql):\/\//.test(url)) return openServer(url, options)
  if (url.startsWith('file:')) return openFile(decodeURIComponent(url.slice('file:'.length).replace(/^\/\/(?=\/)/, '')))
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(url))
    throw new TypeError(`not a database URL: ${url.split(':')[0]}: is unknown; use a path, file:, http(s): or libsql:`)
  return openFile(url)
}

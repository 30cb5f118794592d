import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { connect } from './connect.ts'
import { lock } from './lock.ts'
import type { Db } from './port.ts'
import { startWriter } from './writer.ts'

export interface OpenFileOptions {
  /** Milliseconds that a batch waits for a lock which another process holds on the file. Default 10,000. */
  readonly patience?: number
}

/**
 * A database file. A worker thread owns the only writing connection; reads run on a second one in this thread, so read in slices.
 * Holds `<path>.lock` until `close` or the end of the process.
 * @throws AlreadyOpen when another hub holds the file.
 */
export async function openFile(path: string, options: OpenFileOptions = {}): Promise<Db> {
  const file = resolve(path)
  const patience = options.patience ?? 10_000
  mkdirSync(dirname(file), { recursive: true })
  const held = lock(file)
  try {
    let writer = await startWriter(file, patience)
    const reader = connect(file, { readonly: true, patience: Math.min(patience, 1_000) })
    return {
      all: async (sql, params = []) => reader.all(sql, params),
      async batch(statements) {
        if (writer.ended()) writer = await startWriter(file, patience)
        return writer.batch(statements)
      },
      async close() {
        reader.close()
        await writer.close()
        held.release()
      },
    }
  } catch (error) {
    held.release()
    throw error
  }
}

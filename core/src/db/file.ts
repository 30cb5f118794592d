import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { connect } from './connect.ts'
import { lock } from './lock.ts'
import type { Db } from './port.ts'
import { notTried } from './trouble.ts'
import { startWriter, type Writer } from './writer.ts'

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
  let writer: Writer | undefined
  let restarting: Promise<Writer> | undefined
  let closed = false
  try {
    writer = await startWriter(file, patience)
    const reader = connect(file, { readonly: true, patience: Math.min(patience, 1_000) })
    let current = writer

    async function restart(): Promise<Writer> {
      try {
        return (current = await startWriter(file, patience))
      } catch (error) {
        throw notTried(`the thread that writes ${file} ended and cannot be started again`, error)
      } finally {
        restarting = undefined
      }
    }

    return {
      all: async (sql, params = []) => reader.all(sql, params),
      async batch(statements) {
        if (closed) throw notTried(`${file} is closed`)
        if (current.ended()) await (restarting ??= restart())
        return current.batch(statements)
      },
      async close() {
        if (closed) return
        closed = true
        reader.close()
        await current.close()
        held.release()
      },
    }
  } catch (error) {
    await writer?.close()
    held.release()
    throw error
  }
}

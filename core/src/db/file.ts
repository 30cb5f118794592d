import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { connect } from './connect.ts'
import { lock } from './lock.ts'
import { AnswerLost, BatchAborted, type Db, type Row } from './port.ts'
import { notTried } from './trouble.ts'
import { fromCause, pack, type Reply, type Request } from './wire.ts'

export interface OpenFileOptions {
  /** Milliseconds that a batch waits for a lock which another process holds on the file. Default 10,000. */
  readonly patience?: number
}

interface Pending {
  readonly size: number
  resolve(rows: Row[][]): void
  reject(error: Error): void
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

interface Writer {
  batch: Db['batch']
  close(): Promise<void>
  /** The thread is gone, as after running out of memory; what it was doing was answered with AnswerLost. */
  ended(): boolean
}

async function startWriter(path: string, patience: number): Promise<Writer> {
  const worker = new Worker(new URL('./file-worker.ts', import.meta.url), { workerData: { path, patience } })
  const pending = new Map<number, Pending>()
  let last = 0
  let ended = false
  const started = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()
  let cause: unknown

  worker.on('message', (reply: Reply) => {
    if (reply.status === 'ready') return started.resolve()
    if (reply.status === 'failed') return started.reject(fromCause(reply.cause))
    const asked = pending.get(reply.id)!
    pending.delete(reply.id)
    settle(asked, reply)
  })
  worker.on('error', (error) => (cause = error))
  worker.on('exit', () => {
    ended = true
    for (const asked of pending.values()) asked.reject(new AnswerLost('the thread that writes ended', { cause }))
    pending.clear()
    started.reject(new Error(`cannot start the thread that writes ${path}`, { cause }))
    stopped.resolve()
  })
  await started.promise

  const post = (request: Request) => worker.postMessage(request)
  return {
    batch(statements) {
      return new Promise((resolve, reject) => {
        const id = ++last
        try {
          post({ kind: 'batch', id, packed: pack(statements) })
        } catch (error) {
          return reject(
            new BatchAborted(uncloneable(statements), 'other', 'a parameter cannot be sent to the thread that writes', { cause: error }),
          )
        }
        pending.set(id, { size: statements.length, resolve, reject })
      })
    },
    async close() {
      if (ended) return
      post({ kind: 'close' })
      await stopped.promise
    },
    ended: () => ended,
  }
}

function settle(asked: Pending, reply: Exclude<Reply, { status: 'ready' | 'failed' }>): void {
  switch (reply.status) {
    case 'stored': {
      const rows: Row[][] = Array.from({ length: asked.size }, () => [])
      for (const [index, answer] of reply.rows) rows[index] = answer
      return asked.resolve(rows)
    }
    case 'aborted': {
      const error = fromCause(reply.cause)
      if (reply.index === -1) return asked.reject(notTried(error.message, error))
      return asked.reject(new BatchAborted(reply.index, reply.kind, error.message, { cause: error }))
    }
    case 'lost':
      return asked.reject(new AnswerLost(reply.cause.message, { cause: fromCause(reply.cause) }))
  }
}

function uncloneable(statements: Parameters<Db['batch']>[0]): number {
  return statements.findIndex(({ sql, params }) => {
    try {
      structuredClone([sql, params])
      return false
    } catch {
      return true
    }
  })
}

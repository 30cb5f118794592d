import { Worker } from 'node:worker_threads'
import { AnswerLost, BatchAborted, type Db, type Row } from './port.ts'
import { notTried } from './trouble.ts'
import { fromCause, pack, type Reply, type Request } from './wire.ts'

interface Pending {
  readonly size: number
  resolve(rows: Row[][]): void
  reject(error: Error): void
}

/** The thread that owns the only writing connection of a file, seen from outside. */
export interface Writer {
  batch: Db['batch']
  close(): Promise<void>
  /** The thread is gone, as after running out of memory; what it was doing was answered with AnswerLost. */
  ended(): boolean
}

export async function startWriter(path: string, patience: number): Promise<Writer> {
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

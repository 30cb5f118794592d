import { connect, type Connection } from './connect.ts'
import type { Db } from './port.ts'

export interface MemoryDb extends Db {
  /** The same database, synchronously, for a simulation that looks at the state between steps. */
  readonly sync: Connection
}

/** A database in this process's memory, run in place without a worker. It holds what was committed until `close`. */
export function openMemory(): MemoryDb {
  const sync = connect(':memory:')
  return {
    sync,
    all: async (sql, params = []) => sync.all(sql, params),
    batch: async (statements) => sync.runBatch(statements),
    close: async () => sync.close(),
  }
}

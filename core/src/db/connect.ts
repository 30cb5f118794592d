import Database from 'libsql'
import { LRUCache } from 'lru-cache'
import { bind } from './params.ts'
import { AnswerLost, BatchAborted, type Row, type Statement, type Value } from './port.ts'
import { assertDistinct, toRow } from './rows.ts'
import { notTried, trouble } from './trouble.ts'

export interface ConnectOptions {
  /** Refuses every write. The driver's own option of this name does nothing. */
  readonly readonly?: boolean
  /** Milliseconds that BUSY is waited out, blocking this thread. Default 10,000. */
  readonly patience?: number
}

/**
 * One synchronous connection that hides the driver's traps: only `all` on rows and `run` on the rest, checked parameters, no
 * iterator, no transaction left open, and never a second statement on a connection that has once been BUSY.
 */
export interface Connection {
  all<R extends Row = Row>(sql: string, params?: readonly Value[]): R[]
  /**
   * All statements in one transaction, or none.
   * @throws BatchAborted nothing is stored; `index` is -1 when the database could not be locked or opened.
   * @throws AnswerLost the disk failed during COMMIT: only reading back tells.
   */
  runBatch(statements: readonly Statement[]): Row[][]
  close(): void
}

interface Prepared {
  readonly reader: boolean
  run(params: readonly unknown[]): unknown
  all(params: readonly unknown[]): unknown[][]
  columns(): { name: string }[]
}

interface Entry {
  readonly prepared: Prepared
  /** Changes the schema, and with it what other statements answer. */
  readonly schema: boolean
  names: readonly string[]
}

interface Opened {
  readonly db: Database.Database
  readonly statements: LRUCache<string, Entry>
}

const backoff = [1, 2, 5, 10, 20, 50, 100]

export function connect(path: string, options: ConnectOptions = {}): Connection {
  const patience = options.patience ?? 10_000
  const lasting = path !== ':memory:'
  let current: Opened | undefined
  let closed = false

  function patiently<T>(work: (opened: Opened) => T): T {
    if (closed) throw notTried(`the connection to ${path} is closed`)
    let waited = 0
    for (let attempt = 0; ; attempt++) {
      try {
        return work((current ??= open(path, options.readonly ?? false)))
      } catch (error) {
        const kind = trouble(error instanceof BatchAborted || error instanceof AnswerLost ? error.cause : error)
        if (lasting && (kind === 'busy' || kind === 'broken' || kind === 'full')) {
          current?.db.close()
          current = undefined
        }
        if (kind !== 'busy') throw error
        if (waited >= patience) throw notTried(`database ${path} stayed locked by another process for ${waited} ms`, error)
        const pause = backoff[attempt] ?? 200
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
        waited += pause
      }
    }
  }

  const [{ journal_mode: mode } = {}] = patiently((opened) => execute(opened, 'PRAGMA journal_mode', []))
  if (lasting && mode !== 'wal') throw new Error(`${path} cannot be used in WAL mode (it stays in ${String(mode)}): put it on a local disk`)
  return {
    all: <R extends Row>(sql: string, params: readonly Value[] = []) => patiently((opened) => execute(opened, sql, params) as R[]),
    runBatch: (statements) => patiently((opened) => transact(opened, statements)),
    close() {
      // The driver closes for good only when its statements are collected, so the WAL is emptied by hand.
      if (lasting && !options.readonly) current?.db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
      current?.db.close()
      current = undefined
      closed = true
    },
  }
}

/** Prepares nothing: a closed connection keeps its files open until its statements are collected, and waiting out a lock opens many. */
function open(path: string, readonly: boolean): Opened {
  const db = new Database(path)
  try {
    db.exec('PRAGMA synchronous = FULL')
    db.exec('PRAGMA wal_autocheckpoint = 2000')
    if (readonly) db.exec('PRAGMA query_only = 1')
    else if (path !== ':memory:') db.exec('PRAGMA journal_mode = WAL')
    return { db, statements: new LRUCache({ max: 500 }) }
  } catch (error) {
    db.close()
    throw error
  }
}

function transact(opened: Opened, statements: readonly Statement[]): Row[][] {
  opened.db.exec('BEGIN IMMEDIATE')
  const answers: Row[][] = []
  for (const [index, { sql, params }] of statements.entries()) {
    try {
      answers.push(execute(opened, sql, params))
    } catch (error) {
      const kind = trouble(error)
      // Closing the connection rolls back; a further statement on it might not.
      if (kind === 'busy') throw error
      rollBack(opened)
      if (kind === 'broken') throw notTried(message(error), error)
      throw new BatchAborted(index, kind, message(error), { cause: error })
    }
  }
  try {
    opened.db.exec('COMMIT')
  } catch (error) {
    const kind = trouble(error)
    if (kind === 'busy') throw error
    rollBack(opened)
    // Without space the commit mark was never written whole; after any other failure it may be on the disk.
    if (kind === 'full') throw new BatchAborted(statements.length, 'full', message(error), { cause: error })
    throw new AnswerLost(`COMMIT failed: ${message(error)}`, { cause: error })
  }
  return answers
}

function rollBack(opened: Opened): void {
  if (opened.db.inTransaction) opened.db.exec('ROLLBACK')
}

function execute(opened: Opened, sql: string, params: readonly Value[]): Row[] {
  const bound = bind(sql, params)
  let entry = opened.statements.get(sql)
  if (entry === undefined) opened.statements.set(sql, (entry = prepare(opened.db, sql)))
  if (!entry.prepared.reader) {
    entry.prepared.run(bound)
    if (entry.schema) opened.statements.clear()
    return []
  }
  const raw = entry.prepared.all(bound)
  if (raw.length > 0 && raw[0]!.length !== entry.names.length) entry.names = columnNames(entry.prepared, sql)
  return raw.map((values) => toRow(entry.names, values))
}

function prepare(db: Database.Database, sql: string): Entry {
  const prepared = db.prepare(sql) as unknown as Prepared & { raw(): void }
  if (!prepared.reader) return { prepared, schema: /^\s*(create|alter|drop)\b/i.test(sql), names: [] }
  prepared.raw()
  return { prepared, schema: false, names: columnNames(prepared, sql) }
}

function columnNames(prepared: Prepared, sql: string): string[] {
  const names = prepared.columns().map((column) => column.name)
  assertDistinct(names, sql)
  return names
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

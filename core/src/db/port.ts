/** What libSQL stores and returns. Booleans are never bound: they abort the process (libsql 0.5.29). */
export type Value = null | number | string | Uint8Array

export interface Statement {
  readonly sql: string
  readonly params: readonly Value[]
}

export type Row = Readonly<Record<string, Value>>

/**
 * The whole of what the hub asks of a database; the file driver and the server driver implement it alike.
 * There is no interactive transaction: a commit is one list of statements.
 */
export interface Db {
  /** One reading statement, from a state at least as new as every commit this process has seen answered. */
  all<R extends Row = Row>(sql: string, params?: readonly Value[]): Promise<R[]>
  /**
   * All statements in one transaction, or none. Answers each statement's rows (empty without RETURNING).
   * @throws BatchAborted when a statement failed; nothing of the batch is stored.
   * @throws AnswerLost when it is not known whether the batch was stored.
   */
  batch(statements: readonly Statement[]): Promise<Row[][]>
  close(): Promise<void>
}

/**
 * A batch failed and nothing of it was stored. `index` says which statement is to blame, -1 when the batch was not tried at
 * all (locked, blocked, unreachable); `kind` says why, `guard` being a guard that did not hold.
 */
export class BatchAborted extends Error {
  override readonly name = 'BatchAborted'
  readonly index: number
  readonly kind: 'guard' | 'constraint' | 'full' | 'other'

  constructor(index: number, kind: BatchAborted['kind'], message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.index = index
    this.kind = kind
  }
}

/** The connection broke between sending a batch and its answer: read the commit id back before repeating. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost'
}

export function statement(sql: string, ...params: readonly Value[]): Statement {
  return { sql, params }
}

/**
 * A guard: aborts the whole batch unless `condition` (an SQL expression) holds. Inserts no row when it does.
 */
export function guard(condition: string, ...params: readonly Value[]): Statement {
  return { sql: `INSERT INTO guard (ok) SELECT 0 WHERE NOT coalesce((${condition}), 0)`, params }
}

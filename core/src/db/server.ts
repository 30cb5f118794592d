import { createClient, LibsqlBatchError, LibsqlError, type Client, type ResultSet } from '@libsql/client'
import { systemClock, type Clock } from '../clock.ts'
import { StoreUnavailable } from './errors.ts'
import { bind } from './params.ts'
import { AnswerLost, BatchAborted, type Db, type Row, type Statement, type Value } from './port.ts'
import { assertDistinct, toRow } from './rows.ts'
import { notTried, trouble } from './trouble.ts'

export interface OpenServerOptions {
  readonly authToken?: string | undefined
  /** Accept a server that may lose the last commits when its machine loses power (`synchronous` below FULL). */
  readonly allowRelaxed?: boolean
  /** Milliseconds until an answer counts as lost. Default 30,000. */
  readonly timeout?: number
  readonly clock?: Clock
}

/** The server would acknowledge what it can still lose. Nothing was written. */
export class Relaxed extends Error {
  override readonly name = 'Relaxed'
}

const backoff = [10, 50, 200, 1_000, 2_000, 3_000]

/**
 * A libSQL server's primary, over HTTP. Its durability is read back at every connect: at opening, and again after each lost connection.
 * @throws Relaxed when the server runs below `synchronous = FULL`.
 * @throws StoreUnavailable when it cannot be reached.
 */
export async function openServer(url: string, options: OpenServerOptions = {}): Promise<Db> {
  const clock = options.clock ?? systemClock
  const client = createClient({ url, ...(options.authToken === undefined ? {} : { authToken: options.authToken }) })
  let trusted = false

  async function trust(): Promise<void> {
    if (trusted) return
    const level = Number((await within(client.execute('PRAGMA synchronous'))).rows[0]?.['synchronous'])
    if (!(level >= 2) && options.allowRelaxed !== true)
      throw new Relaxed(
        `the libSQL server at ${url} runs with synchronous = ${level}, so it can lose commits it has acknowledged: ` +
          `set durability_mode to "strong" through its admin API (POST /v1/namespaces/default/config), or allow relaxed durability`,
      )
    trusted = true
  }

  async function within<T>(answer: Promise<T>): Promise<T> {
    const answered = new AbortController()
    const late = clock.sleep(options.timeout ?? 30_000, answered.signal).then(() => {
      if (answered.signal.aborted) return answer
      throw new AnswerLost(`no answer from ${url} in time`)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      answered.abort()
    }
  }

  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const pause = backoff[attempt]
        if (trouble(error) !== 'busy') throw error
        if (pause === undefined) throw notTried('the server stayed locked by another writer', error)
        await clock.sleep(pause)
      }
    }
  }

  async function all<R extends Row>(sql: string, params: readonly Value[] = []): Promise<R[]> {
    const args = bind(sql, params)
    try {
      return rowsOf(await patiently(() => within(client.execute({ sql, args }))), sql) as R[]
    } catch (error) {
      if (isTheCallers(error)) throw error
      trusted = false
      throw new StoreUnavailable(`cannot read from ${url}: ${text(error)}`, { cause: error })
    }
  }

  async function batch(statements: readonly Statement[]): Promise<Row[][]> {
    const bound = statements.map(({ sql, params }, index) => {
      try {
        return { sql, args: bind(sql, params) }
      } catch (error) {
        throw new BatchAborted(index, 'other', text(error), { cause: error })
      }
    })
    await trust().catch((error: unknown) => {
      throw error instanceof Relaxed ? notTried(error.message, error) : notTried(`cannot reach ${url}: ${text(error)}`, error)
    })
    try {
      const sets = await patiently(() => within(client.batch(bound, 'write')))
      return sets.map((set, index) => rowsOf(set, statements[index]!.sql))
    } catch (error) {
      const failure = await classify(error, client, statements)
      if (failure instanceof AnswerLost || failure.index === -1) trusted = false
      throw failure
    }
  }

  try {
    await trust()
  } catch (error) {
    client.close()
    if (error instanceof Relaxed) throw error
    throw new StoreUnavailable(`cannot reach the libSQL server at ${url}: ${text(error)}`, { cause: error })
  }
  return {
    all,
    batch,
    async close() {
      client.close()
    },
  }
}

/** Whatever is not known for certain to have stored nothing counts as a lost answer. */
async function classify(error: unknown, client: Client, statements: readonly Statement[]): Promise<BatchAborted | AnswerLost> {
  if (error instanceof BatchAborted || error instanceof AnswerLost) return error
  const lost = new AnswerLost(`the answer to a batch was lost: ${text(error)}`, { cause: error })
  if (!(error instanceof LibsqlError)) return neverSent(error) ? notTried(text(error), error) : lost
  if (error.code === 'BLOCKED') return notTried(error.message, error)
  if (error.code === 'SQL_PARSE_ERROR' || error.code === 'SQL_MANY_STATEMENTS') {
    const index = await unparsable(client, statements)
    return index === -1 ? notTried(error.message, error) : new BatchAborted(index, 'other', error.message, { cause: error })
  }
  const status = statusOf(error)
  if (status === 401 || status === 403) return notTried(`the server refuses the token: ${error.message}`, error)
  const kind = trouble(error)
  if (error instanceof LibsqlBatchError && !error.code.startsWith('TRANSACTION_')) {
    if (kind === 'broken' || kind === 'busy') return notTried(error.message, error)
    return new BatchAborted(error.statementIndex, kind, error.message, { cause: error })
  }
  return kind === 'full' ? new BatchAborted(statements.length, 'full', error.message, { cause: error }) : lost
}

/** The server refuses a batch with a text it cannot parse as a whole, without saying which. */
async function unparsable(client: Client, statements: readonly Statement[]): Promise<number> {
  const fine = new Set<string>()
  for (const [index, { sql }] of statements.entries()) {
    if (fine.has(sql)) continue
    try {
      await client.execute(`EXPLAIN ${sql}`)
    } catch (error) {
      if (error instanceof LibsqlError && error.code.startsWith('SQL_')) return index
    }
    fine.add(sql)
  }
  return -1
}

/** A read that fails again when repeated: the statement is wrong, or its answer cannot be represented. */
function isTheCallers(error: unknown): boolean {
  if (error instanceof LibsqlError) return /^(SQL_|SQLITE_|ARGS_)/.test(error.code) && !['busy', 'broken'].includes(trouble(error))
  return error instanceof RangeError || (error instanceof TypeError && error.cause === undefined)
}

function neverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(code)
}

/** The HTTP status, when it was the HTTP layer that answered. */
function statusOf(error: LibsqlError): number | undefined {
  const cause = error.cause
  return cause instanceof Error && 'status' in cause && typeof cause.status === 'number' ? cause.status : undefined
}

function rowsOf(set: ResultSet, sql: string): Row[] {
  assertDistinct(set.columns, sql)
  return set.rows.map((row) => toRow(set.columns, row))
}

function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

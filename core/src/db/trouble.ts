import { BatchAborted } from './port.ts'

/** What a driver's error means for the caller. `busy`: try again; `full`: free space first; `broken`: the file or disk cannot be trusted now. */
export type Trouble = BatchAborted['kind'] | 'busy' | 'broken'

/** Reads SQLite's own error code; the libSQL server sends the same names. */
export function trouble(error: unknown): Trouble {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const message = error instanceof Error ? error.message : ''
  if (code.startsWith('SQLITE_CONSTRAINT')) return message.includes('guard_holds') ? 'guard' : 'constraint'
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy'
  if (code === 'SQLITE_FULL') return 'full'
  if (/^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN|PROTOCOL|NOMEM)/.test(code)) return 'broken'
  return 'other'
}

/** The batch as a whole could not be tried and nothing of it is stored: no statement is to blame, so `index` is -1. */
export function notTried(message: string, cause?: unknown): BatchAborted {
  return new BatchAborted(-1, 'other', message, { cause })
}

import type { BatchAborted, Row, Statement, Value } from './port.ts'

/** A batch on its way to the file's worker. Each SQL text crosses once: the clone of a shared commit costs half of that of its statements. */
export interface Packed {
  readonly texts: readonly string[]
  /** For each statement, which text. */
  readonly text: readonly number[]
  readonly params: readonly (readonly Value[])[]
}

export type Request = { readonly kind: 'batch'; readonly id: number; readonly packed: Packed } | { readonly kind: 'close' }

export type Reply =
  | { readonly status: 'ready' }
  | { readonly status: 'failed'; readonly cause: Cause }
  /** Only statements that answered rows are listed. */
  | { readonly status: 'stored'; readonly id: number; readonly rows: readonly (readonly [statement: number, rows: Row[]])[] }
  | { readonly status: 'aborted'; readonly id: number; readonly index: number; readonly kind: BatchAborted['kind']; readonly cause: Cause }
  | { readonly status: 'lost'; readonly id: number; readonly cause: Cause }

/** What is kept of an error; a clone would drop the driver's code. */
export interface Cause {
  readonly message: string
  readonly code?: string | undefined
}

export function pack(statements: readonly Statement[]): Packed {
  const numbers = new Map<string, number>()
  const text = statements.map(({ sql }) => {
    let number = numbers.get(sql)
    if (number === undefined) numbers.set(sql, (number = numbers.size))
    return number
  })
  return { texts: [...numbers.keys()], text, params: statements.map(({ params }) => params) }
}

export function unpack(packed: Packed): Statement[] {
  return packed.text.map((number, index) => ({ sql: packed.texts[number]!, params: packed.params[index]! }))
}

export function toCause(error: unknown): Cause {
  if (!(error instanceof Error)) return { message: String(error) }
  const inner = error.cause instanceof Error ? error.cause : error
  return { message: error.message, code: 'code' in inner && typeof inner.code === 'string' ? inner.code : undefined }
}

export function fromCause(cause: Cause): Error {
  return Object.assign(new Error(cause.message), cause.code === undefined ? {} : { code: cause.code })
}

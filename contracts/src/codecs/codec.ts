import { describe } from '../describe.ts'
import type { Json } from '../json.ts'

/**
 * A named pair of translations for one field, and the form in which two of its values are compared. All are pure.
 * `null` stands for "empty" on both sides and is never translated to anything else.
 *
 * Laws: `normal` is idempotent and never throws; `normal(decode(encode(v)))` equals `normal(v)` for every canonical
 * `v`; what `decode` returns is canonical, and `decode(encode(·))` leaves it alone.
 */
export interface Codec {
  readonly name: string
  /** Remote → canonical. Throws `CodecError` for a value of the wrong shape. */
  decode(remote: unknown): Json
  /** Canonical → remote. Only `enum` can throw (`CodecError`), for a value that its table does not have. */
  encode(value: Json): unknown
  /** Two values are the same when their normal forms are `===`. A value of the wrong shape is its own normal form. */
  normal(value: Json): Json
}

/** One field cannot be translated: the rest of the record can go on. Carries no personal data. */
export class CodecError extends Error {
  override readonly name = 'CodecError'
  readonly codec: string
  readonly expected: string
  readonly got: string

  constructor(codec: string, expected: string, got: string) {
    super(`expected ${expected}, got ${got}`)
    this.codec = codec
    this.expected = expected
    this.got = got
  }
}

/** The trimmed text, `null` for nothing but space. Broken surrogates are replaced, since no database keeps them. */
export function trimmed(codec: string, remote: unknown, expected: string): string | null {
  if (remote === null) return null
  if (typeof remote !== 'string') throw new CodecError(codec, expected, describe(remote))
  return remote.toWellFormed().trim() || null
}

/** A codec whose remote form is text and whose canonical form is text that `read` recognises. */
export function textual(
  name: string,
  expected: string,
  read: (text: string) => string | undefined,
  normal: (text: string) => string,
): Codec {
  return {
    name,
    decode(remote) {
      const text = trimmed(name, remote, expected)
      if (text === null) return null
      const value = read(text)
      if (value === undefined) throw new CodecError(name, expected, describe(remote))
      return value
    },
    encode: same,
    normal: (value) => (typeof value === 'string' ? normal(value.toWellFormed().trim()) || null : value),
  }
}

export function same(value: Json): Json {
  return value
}

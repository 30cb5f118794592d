import { CodecError, type Codec } from './codecs/codec.ts'
import type { Json } from './json.ts'
import { pointer } from './pointer.ts'
import type { Problem } from './problem.ts'

/** One remote object's flat fields. Absent means unknown, `null` means empty. */
export type RemoteFields = Readonly<Record<string, unknown>>

export interface FieldMapping {
  /** Field of the entity. */
  readonly field: string
  /** Property of the remote object. */
  readonly remote: string
  readonly direction: 'in' | 'out' | 'both'
  /** `latest`, `ask`, or the name of a connection. */
  readonly authority: string
  /** Stands in for the default too. */
  readonly codec: Codec
}

export interface Translation {
  /** Field → canonical value, for every readable field that the object has and that could be read. */
  readonly values: Record<string, Json>
  /** One for each that could not; its pointer goes into the remote object. */
  readonly problems: Problem[]
}

/** Both directions of a mapping. Called for every record that moves, so everything that can be known before is. */
export function createTranslation(fields: readonly FieldMapping[]): {
  toCanonical(remote: RemoteFields): Translation
  toRemote(values: Readonly<Record<string, Json>>): Record<string, unknown>
} {
  const readable = fields.filter((field) => field.direction !== 'out')
  const writable = fields.filter((field) => field.direction !== 'in')
  return {
    toCanonical(remote) {
      const values: Record<string, Json> = {}
      const problems: Problem[] = []
      for (let i = 0; i < readable.length; i++) {
        const field = readable[i]!
        if (!Object.hasOwn(remote, field.remote)) continue
        const value = remote[field.remote]
        if (value === undefined) continue
        try {
          values[field.field] = field.codec.decode(value)
        } catch (error) {
          problems.push(unreadable(field, error))
        }
      }
      return { values, problems }
    },
    toRemote(values) {
      const remote: Record<string, unknown> = {}
      for (let i = 0; i < writable.length; i++) {
        const field = writable[i]!
        if (!Object.hasOwn(values, field.field)) continue
        const value = values[field.field]
        if (value !== undefined) remote[field.remote] = field.codec.encode(value)
      }
      return remote
    },
  }
}

function unreadable(field: FieldMapping, error: unknown): Problem {
  if (!(error instanceof CodecError)) throw error
  return {
    pointer: pointer([field.remote]),
    code: `codec.${error.codec}`,
    detail: `${field.remote} cannot become ${field.field}: ${error.message}`,
    expected: error.expected,
    got: error.got,
  }
}

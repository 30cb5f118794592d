import { show } from '../describe.ts'
import { CodecError, same, type Codec } from './codec.ts'

type Scalar = string | number | boolean

export interface EnumOptions {
  /** Canonical → remote. Of a list the first is sent and all are understood. */
  readonly values: Readonly<Record<string, Scalar | readonly Scalar[]>>
  /** What an unknown remote value becomes; without it, it is an error. */
  readonly otherwise?: string
}

/** The options must have been checked: no remote value twice, no empty list. */
export function enumeration(options: EnumOptions): Codec {
  const sent = new Map<string, Scalar>()
  const understood = new Map<string, string>()
  for (const [canonical, remote] of Object.entries(options.values)) {
    const spellings = remoteSpellings(remote)
    sent.set(canonical, spellings[0]!)
    for (const spelling of spellings) understood.set(String(spelling), canonical)
  }
  const expected = `one of ${[...understood.keys()].join(', ')}`
  return {
    name: 'enum',
    decode(remote) {
      if (remote === null) return null
      if (typeof remote === 'string' || typeof remote === 'number' || typeof remote === 'boolean') {
        const text = String(remote).trim()
        if (text === '') return null
        const value = understood.get(text) ?? options.otherwise
        if (value !== undefined) return value
      }
      throw new CodecError('enum', expected, show(remote))
    },
    encode(value) {
      if (value === null) return null
      const remote = typeof value === 'string' ? sent.get(value) : undefined
      if (remote === undefined) throw new CodecError('enum', `one of ${[...sent.keys()].join(', ')}`, show(value))
      return remote
    },
    normal: same,
  }
}

/** All remote values of one canonical one. */
export function remoteSpellings(remote: Scalar | readonly Scalar[]): readonly Scalar[] {
  return typeof remote === 'object' ? remote : [remote]
}

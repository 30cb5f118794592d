import { describe } from '../describe.ts'
import type { Json } from '../json.ts'
import { CodecError, same, type Codec } from './codec.ts'

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

/** A finite number, or a text that spells one. */
export const number = numeric('number', 'a number', Number.isFinite)

/** A whole number that can be held exactly, or a text that spells one. */
export const integer = numeric('integer', 'a whole number up to 9007199254740991', Number.isSafeInteger)

function numeric(name: string, expected: string, fits: (value: number) => boolean): Codec {
  return {
    name,
    decode(remote) {
      if (remote === null) return null
      let value = remote
      if (typeof remote === 'string') {
        const text = remote.trim()
        if (text === '') return null
        value = decimal.test(text) ? Number(text) : undefined
      }
      if (typeof value !== 'number' || !fits(value)) throw new CodecError(name, expected, describe(remote))
      return positiveZero(value)
    },
    encode: same,
    normal: (value: Json) => (typeof value === 'number' ? positiveZero(value) : value),
  }
}

/** JSON has no negative zero. */
function positiveZero(value: number): number {
  return value === 0 ? 0 : value
}

/** `true` and `false`, or a text that spells one of them. */
export const boolean: Codec = {
  name: 'boolean',
  decode(remote) {
    if (remote === null || typeof remote === 'boolean') return remote
    const text = typeof remote === 'string' ? remote.trim().toLowerCase() : undefined
    if (text === '') return null
    if (text === 'true') return true
    if (text === 'false') return false
    throw new CodecError('boolean', 'true or false', describe(remote))
  },
  encode: same,
  normal: same,
}

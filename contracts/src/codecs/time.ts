import { describe } from '../describe.ts'
import { inFourDigitYears, isDay, parseInstant } from '../values.ts'
import { CodecError, same, type Codec } from './codec.ts'

const day = 86_400_000

/** A calendar day, `YYYY-MM-DD`; also read from milliseconds at midnight UTC. */
export const date: Codec = {
  name: 'date',
  decode(remote) {
    if (remote === null) return null
    if (typeof remote === 'string') {
      const text = remote.trim()
      if (text === '') return null
      if (isDay(text)) return text
    }
    const ms = milliseconds(remote)
    if (ms !== undefined && ms % day === 0) return new Date(ms).toISOString().slice(0, 10)
    throw new CodecError('date', 'a day as YYYY-MM-DD', describe(remote))
  },
  encode: same,
  normal: same,
}

/** A moment, canonical as ISO 8601 in UTC; also read from milliseconds UTC. Compared in milliseconds. */
export const datetime: Codec = {
  name: 'datetime',
  decode(remote) {
    if (remote === null || (typeof remote === 'string' && remote.trim() === '')) return null
    const ms = milliseconds(remote) ?? (typeof remote === 'string' ? parseInstant(remote.trim()) : undefined)
    if (ms !== undefined) return new Date(ms).toISOString()
    throw new CodecError('datetime', 'a time such as 2026-01-31T09:30:00Z, or milliseconds UTC', describe(remote))
  },
  encode: same,
  normal: (value) => (typeof value === 'string' ? (parseInstant(value) ?? value) : value),
}

function milliseconds(remote: unknown): number | undefined {
  if (typeof remote === 'number') return inFourDigitYears(remote)
  return typeof remote === 'string' && /^-?\d{1,15}$/.test(remote.trim()) ? inFourDigitYears(Number(remote)) : undefined
}

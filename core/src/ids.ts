import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'

/** Ids and randomness as a port. */
export interface Ids {
  /** A UUIDv7: ordered by time, and within one process strictly rising. */
  next(): string
  /** A number in [0, 1), for jitter. */
  random(): number
}

/**
 * UUIDv7 from a clock and a source of random bytes; a 12-bit counter keeps ids of one millisecond in order (RFC 9562, method 1).
 */
export function createIds(clock: Pick<Clock, 'now'>, source: (n: number) => Uint8Array = randomBytes): Ids {
  const bytes = pooled(source)
  let last = 0
  let counter = 0
  return {
    next() {
      const now = clock.now()
      if (now > last) {
        last = now
        counter = 0
      } else if (++counter > 0xfff) {
        last += 1
        counter = 0
      }
      const time = last.toString(16).padStart(12, '0')
      const tail = bytes(8)
      tail[0] = (tail[0]! & 0x3f) | 0x80
      const hex = Buffer.from(tail).toString('hex')
      return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${hex.slice(0, 4)}-${hex.slice(4)}`
    },
    random() {
      const four = bytes(4)
      return (((four[0]! << 24) | (four[1]! << 16) | (four[2]! << 8) | four[3]!) >>> 0) / 4_294_967_296
    },
  }
}

const POOL = 4_096

/** Draws from the source in large pieces: a call for eight bytes costs as much as one for four thousand. */
function pooled(source: (n: number) => Uint8Array): (n: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array(0)
  let at = 0
  return (n) => {
    if (at + n > pool.length) {
      pool = source(POOL)
      at = 0
    }
    at += n
    return pool.subarray(at - n, at)
  }
}

import { seededRandom } from '@throughline/sdk/sandbox'

/** Every draw of one simulation comes from here. */
export interface Chance {
  /** In [0, 1). */
  next(): number
  /** Whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** True with this probability; draws nothing when it is 0, so that a fault switched off changes nothing else. */
  hit(probability: number): boolean
  pick<T>(items: readonly T[]): T
  bytes(n: number): Uint8Array
}

export function createChance(seed: number): Chance {
  const next = seededRandom(seed)
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    hit: (probability) => probability > 0 && next() < probability,
    pick: (items) => {
      const found = items[Math.floor(next() * items.length)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
    bytes: (n) => Uint8Array.from({ length: n }, () => between(0, 255)),
  }
}

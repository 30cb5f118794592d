import fc from 'fast-check'
import { expect, test } from 'vitest'
import { admit, closedBreaker, record, type Breaker } from './breaker.ts'
import { block, fullBucket, take } from './bucket.ts'
import { backoff, RETRY, retryAt } from './retry.ts'

test('back-off grows to its cap, with full jitter from nothing', () => {
  expect(backoff(1, 0.999_999)).toBe(RETRY.baseMs - 1)
  expect(backoff(5, 0)).toBe(0)
  expect(backoff(60, 0.999_999_999)).toBe(RETRY.capMs - 1)
})

test("a vendor's own time wins, within one second and one hour", () => {
  expect(retryAt(1_000, 9, 0.5, 1_001)).toBe(2_000)
  expect(retryAt(1_000, 9, 0.5, 31_000)).toBe(31_000)
  expect(retryAt(1_000, 9, 0.5, 90_000_000_000)).toBe(3_601_000)
})

function outcomes(breaker: Breaker, oks: readonly boolean[], now: number): Breaker {
  return oks.reduce((state, ok) => record(state, ok, now), breaker)
}

test('ten failures in a row open the breaker; nine and a success do not', () => {
  expect(outcomes(closedBreaker(0), Array(10).fill(false), 1).status).toBe('open')
  expect(outcomes(closedBreaker(0), [...Array(3).fill(true), ...Array(5).fill(false), true, ...Array(2).fill(false)], 1).status).toBe(
    'closed',
  )
})

test('seven failures of ten open it, six do not', () => {
  const mixed = (failures: number): boolean[] => Array.from({ length: 10 }, (_, i) => i >= failures)
  expect(outcomes(closedBreaker(0), mixed(7).toReversed(), 1).status).toBe('open')
  expect(outcomes(closedBreaker(0), mixed(6).toReversed(), 1).status).toBe('closed')
})

test('an open breaker lets one probe through when it has cooled, and closes when the probe succeeds', () => {
  const open = outcomes(closedBreaker(0), Array(10).fill(false), 1)
  expect(admit(open, 2)).toMatchObject({ go: false })
  const probe = admit(open, 2_001)
  expect(probe).toMatchObject({ go: true, probe: true })
  if (!probe.go) throw new Error('no probe')
  expect(admit(probe.next, 2_002)).toMatchObject({ go: false })
  expect(record(probe.next, true, 2_003).status).toBe('closed')
  const again = record(probe.next, false, 2_003)
  expect(again).toMatchObject({ status: 'open', until: 2_003 + 4_000 })
})

test('law: a bucket never grants more than its limit in any window, however it is asked', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 9 })), { maxLength: 200 }),
      (calls, asks) => {
        const limits = { calls, per: 1_000 }
        let bucket = fullBucket(limits, 0)
        let now = 0
        let granted = 0
        for (const [pause, wanted] of asks) {
          now += pause
          const taken = take(bucket, limits, wanted, now)
          if ('at' in taken) {
            expect(taken.at).toBeGreaterThan(now)
            continue
          }
          bucket = taken.next
          granted += taken.granted
        }
        expect(granted).toBeLessThanOrEqual(calls + Math.ceil((now * calls) / 1_000))
      },
    ),
  )
})

test('a blocked bucket stays shut until the vendor said, also when the clock goes back', () => {
  const limits = { calls: 10, per: 1_000 }
  const shut = block(fullBucket(limits, 0), limits, 100, 5_000)
  expect(take(shut, limits, 1, 4_999)).toEqual({ at: 5_000 })
  expect(take(shut, limits, 1, 50)).toEqual({ at: 5_000 })
  expect(take(shut, limits, 1, 5_000)).toMatchObject({ granted: 1 })
})

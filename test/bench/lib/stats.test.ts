import { expect, test } from 'vitest'
import { interleave } from './rounds.ts'
import { median, percentile } from './stats.ts'

test('median and percentiles are values that were measured, or lie between two', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5)
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3)
  expect(percentile([], 0.5)).toBeNaN()
})

test('each round starts with another contender, and each gets as many turns', async () => {
  const order: string[] = []
  const turn = (name: string) => async (round: number) => {
    order.push(name + round)
    return round
  }
  const got = await interleave({ a: turn('a'), b: turn('b') }, 3)
  expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2'])
  expect(got).toEqual({ a: [0, 1, 2], b: [0, 1, 2] })
})

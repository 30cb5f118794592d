import { expect, test } from 'vitest'
import { createIds } from './ids.ts'

test('ids are UUIDv7, unique and strictly rising, also within a millisecond and when the clock goes back', () => {
  let now = 1_000_000
  const ids = createIds({ now: () => now })
  const seen: string[] = []
  for (let i = 0; i < 10_000; i++) {
    if (i % 3_000 === 2_999) now -= 500
    seen.push(ids.next())
  }
  expect(seen.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.toSorted()).toEqual(seen)
})

test('equal sources give equal ids and draws', () => {
  const make = () => {
    let n = 0
    return createIds({ now: () => 5 }, (size) => Uint8Array.from({ length: size }, () => (n = (n * 31 + 7) & 0xff)))
  }
  const [a, b] = [make(), make()]
  expect([a.next(), a.random(), a.next()]).toEqual([b.next(), b.random(), b.next()])
  expect(a.random()).toBeLessThan(1)
})

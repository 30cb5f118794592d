import { expect, test } from 'vitest'
import { dedupeKey } from './dedupe.ts'

test('a repeat has the same key; another item, source or time has another', () => {
  const key = dedupeKey('hubspot', 'a', '1750000000000')
  expect(dedupeKey('hubspot', 'a', '1750000000000')).toBe(key)
  for (const other of [
    dedupeKey('hubspot', 'b', '1750000000000'),
    dedupeKey('hubspot-eu', 'a', '1750000000000'),
    dedupeKey('hubspot', 'a', '1760000000000'),
  ])
    expect(other).not.toBe(key)
})

test('keys sort by the time of their items, whichever way it is written', () => {
  const times = ['1750000000000', '2025-06-15T15:06:50Z', '2025-06-15T17:06:55+02:00', '1750100000000']
  const keys = times.map((time, i) => dedupeKey('hubspot', String(i), time))
  expect(keys).toEqual([...keys].sort())
})

test('a time that cannot be read, or not without knowing a zone, orders nothing and still gives a key', () => {
  const keys = [null, '', 'yesterday', '2025-06-15T15:06:50', '-5', '9'.repeat(15), '2025-99-99T00:00:00Z'].map((time) =>
    dedupeKey('hubspot', 'a', time),
  )
  expect(new Set(keys).size).toBe(1)
  expect(keys[0]).toHaveLength(30)
})

import { expect, test } from 'vitest'
import { isId, sameId } from './id.ts'

test('ids of both lengths are told from what only looks like one', () => {
  expect(['0015f00002JUZPDAA5', '0015f00002JUZPD', '003gL0000000001QAA'].map(isId)).toEqual([true, true, true])
  expect(['0015f00002JUZPDAA6', '0015f00002JUZPDAA', "0015f00002JUZP'", '', '0015F00002JUZPDAA5'].map(isId)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
  expect(sameId('0015f00002JUZPDAA5', '0015f00002JUZPD')).toBe(true)
  expect(sameId('0015f00002JUZPD', '0015f00002JUZPd')).toBe(false)
})

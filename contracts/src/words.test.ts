import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describe as shape, show } from './describe.ts'
import { didYouMean, nearest } from './nearest.ts'
import { pointer, pointerParts } from './pointer.ts'

test('pointer and its parts undo each other', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('~', '/', '0', '1', 'a') })), (path) => {
      expect(pointerParts(pointer(path))).toEqual(path)
    }),
  )
})

test('guesses what was meant, and nothing when nothing is near', () => {
  const known = ['email', 'firstName', 'lastName', 'phone']
  expect(nearest('emial', known)).toBe('email')
  expect(nearest('lastname', known)).toBe('lastName')
  expect(nearest('fristName', known)).toBe('firstName')
  expect(nearest('xyz', known)).toBeUndefined()
  expect(nearest('', known)).toBeUndefined()
  expect(didYouMean('phnoe', known)).toBe(' Did you mean "phone"?')
  expect(didYouMean('zzzzzz', known)).toBe('')
})

test('a shape holds no letter or digit of the value', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('b', 'Z', 'ß', '7', '٣', '@') }), (text) => {
      expect(shape(text).replace(/^an? (?:empty )?text(?: like )?/, '')).toMatch(/^(?:"[a9@…]*")?$/)
    }),
  )
  expect([null, undefined, 1, true, {}, [1]].map(shape)).toEqual(['null', 'nothing', 'a number', 'a boolean', 'an object', 'a list of 1'])
})

test('what is shown is short', () => {
  expect(show('x'.repeat(1000)).length).toBeLessThan(50)
  expect(show({ a: 1 })).toBe('an object')
  expect(show(undefined)).toBe('nothing')
})

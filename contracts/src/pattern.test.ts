import { expect, test } from 'vitest'
import { unsafePattern } from './pattern.ts'

test.each([
  '^[a-z][a-z0-9-]*$',
  '^\\d{1,9}\\.\\d{1,9}$',
  '^(env|file):.+',
  '^(?:a|b)?$',
  '^[(+*|)]+$',
  '^\\(\\*\\+$',
  '^\\p{L}{2,40}$',
  '^(ab){3}$',
])('%s is safe', (source) => {
  expect(unsafePattern(source)).toBeUndefined()
})

test.each([
  ['^(a+)+$', 'repetition or a choice'],
  ['^(a|aa)*$', 'repetition or a choice'],
  ['^((a?)b){20}$', 'repetition or a choice'],
  ['^((ab)*c)*$', 'repetition or a choice'],
  ['^(?:(?:ab){2}){2}$', 'repetition or a choice'],
  ['^a*a*a*$', 'more than two'],
  ['^(a)\\1$', 'back-reference'],
  ['^(?<n>a)\\k<n>$', 'back-reference'],
  ['^(?=a)a$', 'look-around'],
  ['^(?<!a)b$', 'look-around'],
  ['a+$', 'does not start with ^'],
  ['^[', 'is not a regular expression'],
  [`^${'a'.repeat(200)}`, 'longer'],
])('%s is not: %s', (source, why) => {
  expect(unsafePattern(source)).toContain(why)
})

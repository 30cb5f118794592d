import { expect, it } from 'vitest'
import { checkSignature, checkTime, fingerprint, readBody, Refused, timeOf } from './index.ts'

const refusal = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof Refused) return error.reason
    throw error
  }
  return 'accepted'
}

it('a signature must be there, whole and right', () => {
  expect(refusal(() => checkSignature('abc', 'abc'))).toBe('accepted')
  for (const given of [undefined, '', 'ab', 'abcd', 'abd']) expect(refusal(() => checkSignature(given, 'abc'))).toBe('unsigned')
  // An expectation that is empty, as for a secret that was never set, lets nobody in.
  expect(refusal(() => checkSignature('', ''))).toBe('unsigned')
})

it('a time must be near, and a number', () => {
  expect(refusal(() => checkTime(1_000, 1_500, 500))).toBe('accepted')
  for (const time of [999, 2_001, Number.NaN]) expect(refusal(() => checkTime(time, 1_500, 500))).toBe('stale')
})

it('a body must be a JSON object or list in UTF-8', () => {
  expect(readBody(Buffer.from('[{"a":1}]'))).toEqual([{ a: 1 }])
  for (const body of ['', '{', 'true', 'null', '"x"']) expect(refusal(() => readBody(Buffer.from(body)))).toBe('malformed')
  expect(refusal(() => readBody(Uint8Array.from([0x22, 0xff, 0x22])))).toBe('malformed')
})

it('a fingerprint is of the content', () => {
  expect(fingerprint('a')).toBe(fingerprint(Buffer.from('a')))
  expect(fingerprint('a')).not.toBe(fingerprint('b'))
})

it('a time without a zone is UTC, and what is no time is none', () => {
  const noon = Date.UTC(2026, 10, 20, 12)
  for (const text of ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00', '2026-11-20 12:00:00', '2026-11-20T13:00:00+01:00'])
    expect(timeOf(text)).toBe(noon)
  expect(timeOf('2026-11-20')).toBe(Date.UTC(2026, 10, 20))
  for (const none of ['soon', '', null, 7, undefined]) expect(timeOf(none)).toBeNull()
})

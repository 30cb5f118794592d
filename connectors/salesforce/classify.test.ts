import { expect, test } from 'vitest'
import { faultIn, fateOf, retryAt, rowFateOf } from './classify.ts'
import { toMs } from './record.ts'

const fault = (code: string, message = '', fields: string[] = []) => ({ code, message, fields })

test.each([
  [{ status: null, sent: false }, null, 'unsent'],
  [{ status: null, sent: true }, null, 'lost'],
  [{ status: 200, sent: true }, null, 'lost'],
  [{ status: 401, sent: true }, fault('INVALID_SESSION_ID'), 'unauthorised'],
  [{ status: 403, sent: true }, fault('REQUEST_LIMIT_EXCEEDED'), 'limited'],
  [{ status: 403, sent: true }, fault('INSUFFICIENT_ACCESS'), 'unauthorised'],
  [{ status: 429, sent: true }, null, 'limited'],
  [{ status: 400, sent: true }, fault('UNABLE_TO_LOCK_ROW'), 'busy'],
  [{ status: 500, sent: true }, fault('UNABLE_TO_LOCK_ROW'), 'busy'],
  [{ status: 500, sent: true }, fault('UNKNOWN_EXCEPTION'), 'lost'],
  [{ status: 502, sent: true }, null, 'lost'],
  [{ status: 503, sent: true }, fault('SERVER_UNAVAILABLE'), 'busy'],
  [{ status: 503, sent: true }, null, 'lost'],
  [{ status: 504, sent: true }, null, 'lost'],
  [{ status: 420, sent: true }, null, 'busy'],
  [{ status: 302, sent: true }, null, 'unauthorised'],
  [{ status: 300, sent: true }, null, 'refused'],
  [{ status: 400, sent: true }, fault('MALFORMED_QUERY'), 'refused'],
  [{ status: 404, sent: true }, fault('NOT_FOUND'), 'unauthorised'],
  [{ status: 414, sent: true }, null, 'refused'],
] as const)('%o with %o is %s', (wire, error, fate) => {
  expect(fateOf(wire, error)).toBe(fate)
})

test.each([
  [fault('UNABLE_TO_LOCK_ROW'), 'busy'],
  [fault('REQUEST_LIMIT_EXCEEDED'), 'limited'],
  [fault('ENTITY_IS_DELETED'), 'gone'],
  [fault('NOT_FOUND'), 'gone'],
  [fault('CANNOT_UPDATE_CONVERTED_LEAD'), 'gone'],
  [fault('INVALID_CROSS_REFERENCE_KEY'), 'gone'],
  [fault('INVALID_CROSS_REFERENCE_KEY', 'account', ['AccountId']), 'refused'],
  [fault('DUPLICATE_VALUE', 'duplicate value found: Throughline_Id__c duplicates value'), 'raced'],
  [fault('DUPLICATE_VALUE', 'Duplicate external id specified: x', ['Throughline_Id__c']), 'raced'],
  [fault('DUPLICATE_VALUE', 'duplicate value found: Other__c duplicates value'), 'refused'],
  ...['DUPLICATES_DETECTED', 'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'REQUIRED_FIELD_MISSING', 'STRING_TOO_LONG', 'DUPLICATE_EXTERNAL_ID'].map(
    (code) => [fault(code), 'refused'] as const,
  ),
] as const)('a row with %o is %s', (error, fate) => {
  expect(rowFateOf(error, 'Throughline_Id__c')).toBe(fate)
})

test('all three shapes of an error are read, and nothing else', () => {
  expect(faultIn([{ message: 'm', errorCode: 'A', fields: ['F'] }, { errorCode: 'B' }])).toEqual(fault('A', 'm', ['F']))
  expect(faultIn([{ message: 'm', statusCode: 'S' }])).toEqual(fault('S', 'm'))
  expect(faultIn({ error: 'invalid_client', error_description: 'd' })).toEqual(fault('invalid_client', 'd'))
  for (const other of [null, undefined, 'text', [], [null], {}, { errorCode: 5 }]) expect(faultIn(other)).toBeNull()
})

test('Retry-After counts seconds or names a time', () => {
  const at = (value: string) => retryAt(new Headers({ 'retry-after': value }), 1_000)
  expect([at('5'), at('Thu, 01 Jan 1970 00:00:31 GMT'), at('soon'), at('1e3'), at('')]).toEqual([
    6_000,
    31_000,
    undefined,
    undefined,
    undefined,
  ])
  expect(retryAt(new Headers(), 1_000)).toBeUndefined()
})

test('an absurd Retry-After is an hour at most and never in the past; a date is told from the vendor’s own clock', () => {
  const now = Date.parse('2026-11-20T12:00:00Z')
  const at = (value: string) => retryAt(new Headers({ 'retry-after': value }), now)
  expect(at('99999999999999999999')).toBe(now + 3_600_000)
  expect(at('Fri, 31 Dec 9999 00:00:00 GMT')).toBe(now + 3_600_000)
  expect(at('Fri, 20 Nov 1998 12:00:00 GMT')).toBe(now)
  expect(at('-5')).not.toBeGreaterThan(now + 3_600_000)
  const off = new Headers({ 'retry-after': 'Fri, 20 Nov 2026 14:00:30 GMT', date: 'Fri, 20 Nov 2026 14:00:00 GMT' })
  expect(retryAt(off, now)).toBe(now + 30_000)
})

test('the vendor’s time is read with and without a colon in its zone', () => {
  const noon = Date.parse('2026-11-20T12:00:00Z')
  expect(['2026-11-20T12:00:00.000+0000', '2026-11-20T13:00:00.000+0100', '2026-11-20T12:00:00Z'].map(toMs)).toEqual([noon, noon, noon])
  expect(toMs('yesterday')).toBeNull()
})

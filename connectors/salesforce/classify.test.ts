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
  expect([at('5'), at('Fri, 20 Nov 2026 12:00:00 GMT'), at('soon')]).toEqual([6_000, Date.parse('2026-11-20T12:00:00Z'), undefined])
  expect(retryAt(new Headers(), 1_000)).toBeUndefined()
})

test('the vendor’s time is read with and without a colon in its zone', () => {
  const noon = Date.parse('2026-11-20T12:00:00Z')
  expect(['2026-11-20T12:00:00.000+0000', '2026-11-20T13:00:00.000+0100', '2026-11-20T12:00:00Z'].map(toMs)).toEqual([noon, noon, noon])
  expect(toMs('yesterday')).toBeNull()
})

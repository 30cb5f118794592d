import { expect, test } from 'vitest'
import { HUMAN_USER } from './index.ts'
import { serveRaw } from './raw.ts'

type Json = Record<string, unknown>

test('create, read, change, delete one record', async () => {
  await using raw = await serveRaw()
  const made = await raw.call<Json>('POST', '/sobjects/Contact', { LastName: '  Brandt ', FirstName: ' ', Email: 'B@x.example' })
  expect(made).toMatchObject({ status: 201, body: { success: true, errors: [] } })
  const id = String(made.body['id'])
  expect(id).toMatch(/^003gL0\d{9}[A-Z0-5]{3}$/)
  const { body } = await raw.call<Json>('GET', `/sobjects/Contact/${id.slice(0, 15)}`)
  expect(body).toMatchObject({
    Id: id,
    LastName: 'Brandt',
    FirstName: null,
    Name: 'Brandt',
    Email: 'B@x.example',
    LastModifiedById: HUMAN_USER,
    IsDeleted: false,
  })
  expect((await raw.call('PATCH', `/sobjects/Contact/${id}`, { Title: 'CFO' })).status).toBe(204)
  expect((await raw.call<Json>('GET', `/sobjects/Contact/${id}?fields=Title,LastName`)).body).toMatchObject({
    Title: 'CFO',
    LastName: 'Brandt',
  })
  expect((await raw.call('DELETE', `/sobjects/Contact/${id}`)).status).toBe(204)
  expect(await raw.call('GET', `/sobjects/Contact/${id}`)).toMatchObject({ status: 404, body: [{ errorCode: 'ENTITY_IS_DELETED' }] })
})

test.each([
  ['Contact', { FirstName: 'Ada' }, 'REQUIRED_FIELD_MISSING', ['LastName']],
  ['Lead', { LastName: 'X' }, 'REQUIRED_FIELD_MISSING', ['Company']],
  ['Account', { Name: '   ' }, 'REQUIRED_FIELD_MISSING', ['Name']],
  ['Contact', { LastName: 'X', FirstName: 'y'.repeat(41) }, 'STRING_TOO_LONG', ['FirstName']],
  ['Contact', { LastName: 'X', Email: 'not an address' }, 'INVALID_EMAIL_ADDRESS', ['Email']],
  ['Contact', { LastName: 'X', Nope: 1 }, 'INVALID_FIELD', undefined],
  ['Contact', { LastName: 'X', SystemModstamp: '2026-01-01T00:00:00Z' }, 'INVALID_FIELD_FOR_INSERT_UPDATE', ['SystemModstamp']],
  ['Contact', { LastName: 5 }, 'JSON_PARSER_ERROR', ['LastName']],
])('%s %o is refused with %s', async (type, input, errorCode, fields) => {
  await using raw = await serveRaw()
  const { status, body } = await raw.call<Json[]>('POST', `/sobjects/${type}`, input)
  expect(status).toBe(400)
  expect(body[0]).toMatchObject({ errorCode })
  expect(body[0]?.['fields']).toEqual(fields)
})

test('the record id is unique whatever its case, among the living', async () => {
  await using raw = await serveRaw()
  const made = await raw.call<Json>('POST', '/sobjects/Contact', { LastName: 'A', Throughline_Id__c: 'abc-1' })
  expect(await raw.call('POST', '/sobjects/Contact', { LastName: 'B', Throughline_Id__c: 'ABC-1' })).toMatchObject({
    status: 400,
    body: [{ errorCode: 'DUPLICATE_VALUE' }],
  })
  await raw.call('DELETE', `/sobjects/Contact/${String(made.body['id'])}`)
  expect((await raw.call('POST', '/sobjects/Contact', { LastName: 'B', Throughline_Id__c: 'ABC-1' })).status).toBe(201)
})

test('upsert by an external id: 201, then 200; 300 where several match; the id may not stand in the body', async () => {
  await using raw = await serveRaw()
  const path = `/sobjects/Contact/Throughline_Id__c/${encodeURIComponent('a/b c')}`
  const first = await raw.call<Json>('PATCH', path, { LastName: 'A' })
  expect(first).toMatchObject({ status: 201, body: { created: true, success: true } })
  expect(await raw.call('PATCH', path, { LastName: 'B' })).toMatchObject({ status: 200, body: { created: false, id: first.body['id'] } })
  expect((await raw.call<Json>('GET', path)).body).toMatchObject({ LastName: 'B', Throughline_Id__c: 'a/b c' })
  expect(await raw.call('PATCH', path, { LastName: 'C', Throughline_Id__c: 'other' })).toMatchObject({
    status: 400,
    body: [{ errorCode: 'INVALID_FIELD' }],
  })
  const twins = await raw.admin<string[]>('plant', {
    type: 'Contact',
    rows: [1, 2].map((n) => ({ LastName: `T${n}`, Legacy_Id__c: 'L1' })),
  })
  const several = await raw.call<string[]>('PATCH', '/sobjects/Contact/Legacy_Id__c/l1', { LastName: 'X' })
  expect(several.status).toBe(300)
  expect(several.body.map((url) => url.split('/').at(-1))).toEqual(twins)
  expect(await raw.call('PATCH', '/sobjects/Contact/LastName/x', {})).toMatchObject({ status: 404, body: [{ errorCode: 'NOT_FOUND' }] })
})

test('If-Unmodified-Since refuses a stale change, If-Modified-Since an unchanged answer', async () => {
  let now = Date.parse('2026-11-20T12:00:00Z')
  await using raw = await serveRaw({ now: () => now })
  const [id = ''] = await raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'A' }] })
  const at = { header: new Date(now).toUTCString() }
  expect((await raw.call('GET', `/sobjects/Contact/${id}`, undefined, { 'if-modified-since': at.header })).status).toBe(304)
  now += 5000
  await raw.call('PATCH', `/sobjects/Contact/${id}`, { Title: 'x' })
  const stale = await raw.call('PATCH', `/sobjects/Contact/${id}`, { Title: 'y' }, { 'if-unmodified-since': at.header })
  expect(stale.status).toBe(412)
  expect((await raw.call<Json>('GET', `/sobjects/Contact/${id}`, undefined, { 'if-modified-since': at.header })).body['Title']).toBe('x')
})

test('what is gone, never was, or is of another kind is refused', async () => {
  await using raw = await serveRaw()
  expect(await raw.call('GET', '/sobjects/Contact/003gL0000000009YAA')).toMatchObject({ status: 404, body: [{ errorCode: 'NOT_FOUND' }] })
  expect((await raw.call('GET', '/sobjects/Widget/003gL0000000009YAA')).status).toBe(404)
  expect(await raw.call('POST', '/sobjects/Contact', undefined, { 'content-type': 'application/json' })).toMatchObject({
    body: [{ errorCode: 'JSON_PARSER_ERROR' }],
  })
  expect((await raw.call('POST', '/sobjects/Contact', {}, { 'content-type': 'text/plain' })).status).toBe(415)
})

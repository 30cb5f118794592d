import { expect, test } from 'vitest'
import { isWrite } from './index.ts'
import { serveRaw } from './raw.ts'
import { makeId } from './ids.ts'

const ABSENT = makeId('003', 61)

type Item = { id?: string; success: boolean; created?: boolean; errors: { statusCode: string; fields: string[] }[] }
const attributes = { type: 'Contact' }
const rows = (n: number) => Array.from({ length: n }, (_, i) => ({ attributes, Throughline_Id__c: `r${i}`, LastName: `L${i}` }))
const upserts = '/composite/sobjects/Contact/Throughline_Id__c'

test('upserts 200 in order, 200 again as updates, and refuses 201', async () => {
  await using raw = await serveRaw()
  const first = await raw.call<Item[]>('PATCH', upserts, { records: rows(200) })
  expect(first.status).toBe(200)
  expect(first.body.every((item) => item.success && item.created)).toBe(true)
  const second = await raw.call<Item[]>('PATCH', upserts, { records: rows(200) })
  expect(second.body.map((item) => [item.id, item.created])).toEqual(first.body.map((item) => [item.id, false]))
  expect(await raw.call('PATCH', upserts, { records: rows(201) })).toMatchObject({
    status: 400,
    body: [{ errorCode: 'EXCEEDED_ID_LIMIT' }],
  })
  expect((await raw.admin<{ counts: { Contact: number } }>('state', { records: false })).counts.Contact).toBe(200)
})

test('answers 200 although items fail; items say statusCode, and the good ones stay', async () => {
  await using raw = await serveRaw()
  const records = rows(3).map((row, i) => (i === 1 ? { ...row, Email: 'nonsense' } : row))
  const { status, body } = await raw.call<Item[]>('PATCH', upserts, { allOrNone: false, records })
  expect(status).toBe(200)
  expect(body.map((item) => item.success)).toEqual([true, false, true])
  expect(body[1]?.errors).toEqual([
    { statusCode: 'INVALID_EMAIL_ADDRESS', message: 'Email: invalid email address: nonsense', fields: ['Email'] },
  ])
})

test('allOrNone undoes the good ones too', async () => {
  await using raw = await serveRaw()
  const records = rows(3).map((row, i) => (i === 1 ? { ...row, Email: 'nonsense' } : row))
  const { body } = await raw.call<Item[]>('PATCH', upserts, { allOrNone: true, records })
  expect(body.map((item) => item.errors[0]?.statusCode)).toEqual([
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
    'INVALID_EMAIL_ADDRESS',
    'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  ])
  expect((await raw.admin<{ counts: { Contact: number } }>('state', { records: false })).counts.Contact).toBe(0)
})

test('one external id twice in a call, several matches, none given: refused row by row', async () => {
  await using raw = await serveRaw()
  const [row] = rows(1)
  const twice = await raw.call<Item[]>('PATCH', upserts, { records: [row, row, { attributes, LastName: 'x' }] })
  expect(twice.body.map((item) => item.errors[0]?.statusCode)).toEqual([undefined, 'DUPLICATE_VALUE', 'MISSING_ARGUMENT'])
  await raw.admin('plant', { type: 'Contact', rows: [1, 2].map((n) => ({ LastName: `T${n}`, Legacy_Id__c: 'L1' })) })
  const several = await raw.call<Item[]>('PATCH', '/composite/sobjects/Contact/Legacy_Id__c', {
    records: [{ attributes, Legacy_Id__c: 'L1', LastName: 'x' }],
  })
  expect(several.body[0]?.errors[0]?.statusCode).toBe('DUPLICATE_EXTERNAL_ID')
})

test('creates, updates, retrieves and deletes many', async () => {
  await using raw = await serveRaw()
  const made = (await raw.call<Item[]>('POST', '/composite/sobjects', { records: rows(3) })).body
  const ids = made.map((item) => item.id ?? '')
  const records = [
    ...ids.map((Id) => ({ attributes, Id, Title: 'CFO' })),
    { attributes, Title: 'x' },
    { attributes: { type: 'Account' }, Id: ids[0], Phone: '1' },
  ]
  const updated = (await raw.call<Item[]>('PATCH', '/composite/sobjects', { records })).body
  expect(updated.map((item) => item.errors[0]?.statusCode)).toEqual([undefined, undefined, undefined, 'MISSING_ARGUMENT', 'MALFORMED_ID'])
  await raw.call('DELETE', `/composite/sobjects?ids=${ids[1]}&allOrNone=false`)
  const read = await raw.call<({ Title: string } | null)[]>('POST', '/composite/sobjects/Contact', {
    ids: [ids[2], ids[1], ABSENT, ids[0]],
    fields: ['Title'],
  })
  expect(read.body.map((row) => row?.Title ?? null)).toEqual(['CFO', null, null, 'CFO'])
  const again = await raw.call<Item[]>('DELETE', `/composite/sobjects?ids=${ids.join(',')}`)
  expect(again.body.map((item) => item.errors[0]?.statusCode)).toEqual([undefined, 'ENTITY_IS_DELETED', undefined])
  const gone = await raw.call<Item[]>('PATCH', '/composite/sobjects', { records: [{ attributes, Id: ids[0], Title: 'x' }] })
  expect(gone.body[0]?.errors[0]?.statusCode).toBe('ENTITY_IS_DELETED')
})

test('reads at most 2,000, in at most ten changes of type', async () => {
  await using raw = await serveRaw()
  const ids = Array.from({ length: 2001 }, () => ABSENT)
  expect(await raw.call('POST', '/composite/sobjects/Contact', { ids, fields: ['Id'] })).toMatchObject({
    status: 400,
    body: [{ errorCode: 'EXCEEDED_ID_LIMIT' }],
  })
  expect(await raw.call('POST', '/composite/sobjects/Contact', { ids: [], fields: ['Nope'] })).toMatchObject({
    body: [{ errorCode: 'INVALID_FIELD' }],
  })
  const mixed = Array.from({ length: 11 }, (_, i) => ({ attributes: { type: i % 2 ? 'Account' : 'Contact' }, Name: 'x' }))
  expect((await raw.call('POST', '/composite/sobjects', { records: mixed })).status).toBe(400)
})

test('writes are told from reads', () => {
  const root = '/services/data/v67.0'
  const writes = [
    `PATCH ${root}${upserts}`,
    `PATCH ${root}/composite/sobjects`,
    `POST ${root}/composite/sobjects`,
    `DELETE ${root}/composite/sobjects`,
    `POST ${root}/sobjects/Lead`,
    `DELETE ${root}/sobjects/Lead/1`,
    `PATCH ${root}/sobjects/Lead/X/1`,
  ]
  const reads = [
    `POST ${root}/composite/sobjects/Contact`,
    `GET ${root}/sobjects/Lead/1`,
    `GET ${root}/query`,
    'POST /services/oauth2/token',
  ]
  expect(writes.filter((call) => !isWrite(call))).toEqual([])
  expect(reads.filter(isWrite)).toEqual([])
})

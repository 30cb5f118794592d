import { expect, test } from 'vitest'
import { serveRaw } from './raw.ts'

type Raw = Awaited<ReturnType<typeof serveRaw>>
const create = (raw: Raw, n = 0) =>
  raw.call('PATCH', '/composite/sobjects/Contact/Throughline_Id__c', {
    records: [{ attributes: { type: 'Contact' }, Throughline_Id__c: `r${n}`, LastName: 'X' }],
  })
const count = async (raw: Raw): Promise<number> =>
  (await raw.admin<{ counts: { Contact: number } }>('state', { records: false })).counts.Contact

test.each([
  [401, 'INVALID_SESSION_ID'],
  [403, 'REQUEST_LIMIT_EXCEEDED'],
  [400, 'UNABLE_TO_LOCK_ROW'],
  [500, 'UNKNOWN_EXCEPTION'],
  [503, 'SERVER_UNAVAILABLE'],
])('status %i speaks as the vendor does and has no effect', async (status, errorCode) => {
  await using raw = await serveRaw()
  await raw.logIn('human')
  await raw.play({ kind: 'status', status, times: 1, match: 'composite' })
  expect(await create(raw)).toMatchObject({ status, body: [{ errorCode }] })
  expect(await count(raw)).toBe(0)
  expect((await create(raw)).status).toBe(200)
})

test('dropBefore has no effect, dropAfter has', async () => {
  await using raw = await serveRaw()
  await raw.logIn('human')
  await raw.play({ kind: 'dropBefore', times: 1 })
  await expect(create(raw)).rejects.toThrow()
  expect(await count(raw)).toBe(0)
  await raw.play({ kind: 'dropAfter', times: 1 })
  await expect(create(raw)).rejects.toThrow()
  expect(await count(raw)).toBe(1)
})

test('stallAfter takes effect, says so, and answers later; garbage takes effect and answers a page', async () => {
  await using raw = await serveRaw()
  await raw.logIn('human')
  await raw.play({ kind: 'stallAfter', ms: 300, times: 1 })
  const answer = create(raw)
  const stalled = (await (await fetch(`${raw.url}/_sandbox/stalled`)).json()) as { call: string }
  expect(stalled.call).toContain('PATCH')
  expect(await count(raw)).toBe(1)
  expect((await answer).status).toBe(200)
  await raw.play({ kind: 'garbage', times: 1 })
  expect((await create(raw, 1)).headers.get('content-type')).toMatch(/html/)
  expect(await count(raw)).toBe(2)
})

test('lock refuses one row of a call', async () => {
  await using raw = await serveRaw()
  const ids = await raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'A' }, { LastName: 'B' }] })
  await raw.admin('lock', { id: ids[1], times: 1 })
  const records = ids.map((Id) => ({ attributes: { type: 'Contact' }, Id, Title: 'x' }))
  const first = await raw.call('PATCH', '/composite/sobjects', { records })
  expect(first.body).toMatchObject([{ success: true }, { success: false, errors: [{ statusCode: 'UNABLE_TO_LOCK_ROW' }] }])
  expect((await raw.call('PATCH', '/composite/sobjects', { records })).body).toMatchObject([{ success: true }, { success: true }])
})

test('the duplicate rule refuses a second contact with an e-mail address', async () => {
  await using raw = await serveRaw()
  await raw.admin('duplicates', { on: true })
  const contact = { LastName: 'A', Email: 'a@x.example' }
  expect((await raw.call('POST', '/sobjects/Contact', contact)).status).toBe(201)
  expect(await raw.call('POST', '/sobjects/Contact', contact)).toMatchObject({ status: 400, body: [{ errorCode: 'DUPLICATES_DETECTED' }] })
  await raw.admin('duplicates', { on: false })
  expect((await raw.call('POST', '/sobjects/Contact', contact)).status).toBe(201)
})

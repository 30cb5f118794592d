import type { Delivery, WriteResult } from '@throughline/sdk'
import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { createOf, serveConnected, updateOf } from './sandbox/connect.ts'
import { HUB_USER } from './sandbox/index.ts'
import { makeId } from './sandbox/ids.ts'

const ABSENT = makeId('003', 61)

const nexts = (results: readonly WriteResult[]): string[] => results.map((result) => result.next)
const idOf = (result: WriteResult | undefined): string => (result?.next === 'done' ? result.receipt.externalId : '')
const served = () => serveConnected(salesforce)
type Served = Awaited<ReturnType<typeof served>>
const contacts = async ({ raw }: Served) =>
  (await raw.admin<{ records: { Contact: Record<string, unknown>[] } }>('state')).records.Contact.filter((row) => row['IsDeleted'] !== true)

test('200 creates are one write, with receipts in the vendor’s own form', async () => {
  await using it = await served()
  const deliveries = Array.from({ length: 200 }, (_, n) => createOf(n, { FirstName: ` Ada ${n} `, Title: '' }))
  const results = await it.connection.write('contacts', deliveries, it.signal)
  expect(new Set(nexts(results))).toEqual(new Set(['done']))
  expect(it.sandbox.calls).toMatchObject({ writes: 1 })
  const [first] = results
  if (first?.next !== 'done') throw new Error('not done')
  expect(first.receipt).toMatchObject({ created: true, raw: { actor: HUB_USER, state: 'live' } })
  expect(salesforce.streams['contacts']!.decode(first.receipt.raw!)).toMatchObject({
    FirstName: 'Ada 0',
    Title: null,
    LastName: 'Last0',
    Throughline_Id__c: deliveries[0]!.recordId,
  })
  expect(results.map((result) => (result.next === 'done' ? result.receipt.raw?.body : null))).toMatchObject(
    deliveries.map((delivery) => ({ Throughline_Id__c: delivery.recordId })),
  )
})

test('a partial failure is told row by row, and each exchange holds its own row only', async () => {
  await using it = await served()
  const bad = createOf(1, { Email: 'nonsense' })
  const results = await it.connection.write('contacts', [createOf(0), bad, createOf(2)], it.signal)
  expect(nexts(results)).toEqual(['done', 'reject', 'done'])
  expect(results[1]).toMatchObject({ why: expect.stringContaining('INVALID_EMAIL_ADDRESS'), exchange: { method: 'PATCH', status: 200 } })
  expect(results[1]?.exchange.request).toContain(bad.recordId)
  expect(results[1]?.exchange.request).not.toContain('Last0')
  expect(results[1]?.exchange.answer).toContain('nonsense')
  expect(results[0]?.exchange.answer).not.toContain('nonsense')
  expect(await contacts(it)).toHaveLength(2)
})

test('a lost answer is unknown, a lookup finds what landed, and a repeat makes no duplicate', async () => {
  await using it = await served()
  await it.connection.check(it.signal)
  const deliveries = [createOf(0), createOf(1)]
  await it.raw.play({ kind: 'dropAfter', match: 'PATCH', times: 1 })
  expect(nexts(await it.connection.write('contacts', deliveries, it.signal))).toEqual(['unknown', 'unknown'])
  const found = await it.connection.find(
    'contacts',
    'Throughline_Id__c',
    deliveries.map((delivery) => delivery.recordId),
    it.signal,
  )
  expect([...found.values()].map((records) => records.length)).toEqual([1, 1])
  expect(nexts(await it.connection.write('contacts', deliveries, it.signal))).toEqual(['done', 'done'])
  expect(await contacts(it)).toHaveLength(2)
})

test('a connection that is refused is a retry; an answer that breaks off half-way is unknown', async () => {
  const it = await served()
  const connected = it.connect({ clientId: undefined, clientSecret: undefined, accessToken: 'token' })
  await it[Symbol.asyncDispose]()
  expect(nexts(await connected.write('contacts', [createOf(0)], it.signal))).toEqual(['retry'])
  const broken: typeof fetch = async (input, init) =>
    String(input).includes('oauth2')
      ? Response.json({ access_token: 't', id: 'https://x/id/00D/005' })
      : new Response(
          new ReadableStream({ start: (stream) => (init?.method === 'PATCH' ? stream.error(new Error('socket closed')) : stream.close()) }),
        )
  const connection = salesforce.connect(
    { instanceUrl: 'http://x', clientId: 'a', clientSecret: 'b' },
    { fetch: broken, now: () => 0, fields: {}, log: () => {} },
  )
  expect(nexts(await connection.write('contacts', [createOf(0)], it.signal))).toEqual(['unknown'])
})

test('an abort after sending is unknown at once; one before sending sends nothing', async () => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'stallAfter', ms: 5_000, match: 'PATCH', times: 1 })
  const abort = new AbortController()
  const results = it.connection.write('contacts', [createOf(0)], abort.signal)
  await fetch(`${it.url}/_sandbox/stalled`)
  const since = Date.now()
  abort.abort()
  expect(nexts(await results)).toEqual(['unknown'])
  expect(Date.now() - since).toBeLessThan(1_000)
  expect(nexts(await it.connection.write('contacts', [createOf(1)], AbortSignal.abort()))).toEqual(['retry'])
  expect(await contacts(it)).toHaveLength(1)
})

test.each([
  [503, undefined, { next: 'retry' }],
  [503, '<html>busy</html>', { next: 'unknown' }],
  [500, undefined, { next: 'unknown' }],
  [502, 'Bad gateway', { next: 'unknown' }],
  [420, 'edge', { next: 'retry' }],
  [403, undefined, { next: 'retry', limited: true }],
  [403, [{ errorCode: 'API_DISABLED_FOR_ORG', message: 'no' }], { next: 'retry' }],
  [400, undefined, { next: 'retry' }],
  [400, [{ errorCode: 'JSON_PARSER_ERROR', message: 'no' }], { next: 'reject' }],
  [302, 'elsewhere', { next: 'retry' }],
])('a whole call answered %i %o: %o', async (status, body, expected) => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status, ...(body === undefined ? {} : { body }), match: 'PATCH' })
  const [result] = await it.connection.write('contacts', [createOf(0)], it.signal)
  expect(result).toMatchObject(expected)
  if (!('limited' in expected)) expect(result).not.toHaveProperty('limited')
  expect(it.sandbox.calls.writes).toBe(1)
})

test('a call refused as a whole sends each row alone next time', async () => {
  await using it = await served()
  await it.raw.play({ kind: 'status', status: 400, body: [{ errorCode: 'JSON_PARSER_ERROR', message: 'no' }], match: 'PATCH' })
  expect(await it.connection.write('contacts', [createOf(0), createOf(1)], it.signal)).toMatchObject([
    { next: 'retry', alone: true },
    { next: 'retry', alone: true },
  ])
})

test('a limit is kept with its time, if the vendor gives one', async () => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status: 403, headers: { 'retry-after': '30' } })
  const since = Date.now()
  const [result] = await it.connection.write('contacts', [createOf(0)], it.signal)
  expect(result).toMatchObject({ next: 'retry', limited: true })
  expect(result?.next === 'retry' ? result.at : 0).toBeGreaterThanOrEqual(since + 30_000)
  await it.raw.play()
  await it.raw.admin('limit', { max: 1 })
  expect(await it.connection.write('contacts', [createOf(0)], it.signal)).toMatchObject([{ next: 'retry', limited: true }])
  await expect(it.connection.read('contacts', [ABSENT], it.signal)).rejects.toMatchObject({ next: 'limited' })
})

test('a locked row is retried, its neighbours are done', async () => {
  await using it = await served()
  const made = await it.connection.write('contacts', [createOf(0), createOf(1)], it.signal)
  await it.raw.admin('lock', { id: idOf(made[0]), times: 1 })
  const updates = made.map((result) => updateOf(idOf(result), { Title: 'CFO' }))
  expect(nexts(await it.connection.write('contacts', updates, it.signal))).toEqual(['retry', 'done'])
  expect(nexts(await it.connection.write('contacts', updates, it.signal))).toEqual(['done', 'done'])
})

test('an update of what is gone is a conflict that says what became of it', async () => {
  await using it = await served()
  const made = (await it.connection.write('contacts', [createOf(0), createOf(1), createOf(2), createOf(3)], it.signal)).map(idOf)
  await it.raw.call('DELETE', `/sobjects/Contact/${made[0]}`)
  await it.raw.admin('merge', { type: 'Contact', master: made[3], losers: [made[1]] })
  await it.raw.call('DELETE', `/sobjects/Contact/${made[2]}`)
  const updates = made.map((id) => updateOf(id, { Title: 'x' }))
  const results = await it.connection.write('contacts', updates, it.signal)
  expect(results).toMatchObject([
    { next: 'conflict', current: { id: made[0], state: 'deleted' } },
    { next: 'conflict', current: { id: made[1], state: 'deleted', mergedInto: made[3] } },
    { next: 'conflict', current: { id: made[2], state: 'deleted' } },
    { next: 'done' },
  ])
  await it.raw.admin('purge', { type: 'Contact' })
  expect(await it.connection.write('contacts', updates.slice(0, 1), it.signal)).toMatchObject([
    { next: 'conflict', current: { id: made[0], state: 'deleted' } },
  ])
})

test('deletes are done once and stay done', async () => {
  await using it = await served()
  const made = (await it.connection.write('contacts', [createOf(0), createOf(1)], it.signal)).map(idOf)
  const deletes = made.map((externalId): Delivery => ({ ...updateOf(externalId, {}), operation: 'delete' }))
  for (let i = 0; i < 2; i++) expect(nexts(await it.connection.write('contacts', deletes, it.signal))).toEqual(['done', 'done'])
  expect(await contacts(it)).toHaveLength(0)
})

test('two who create one record at once: the loser is retried, and then finds it', async () => {
  await using it = await served()
  const raced = [
    {
      success: false,
      errors: [
        {
          statusCode: 'DUPLICATE_VALUE',
          message: 'duplicate value found: Throughline_Id__c duplicates value on record with id: 003',
          fields: [],
        },
      ],
    },
  ]
  const other = [
    {
      success: false,
      errors: [
        { statusCode: 'DUPLICATE_VALUE', message: 'duplicate value found: Badge__c duplicates value on record with id: 003', fields: [] },
      ],
    },
  ]
  await it.raw.play({ kind: 'status', status: 200, body: raced, match: 'PATCH', times: 1 })
  expect(nexts(await it.connection.write('contacts', [createOf(0)], it.signal))).toEqual(['retry'])
  await it.raw.play({ kind: 'status', status: 200, body: other, match: 'PATCH', times: 1 })
  expect(nexts(await it.connection.write('contacts', [createOf(0)], it.signal))).toEqual(['reject'])
})

test('an answer with rows missing, without success or about another object is unknown for those rows', async () => {
  await using it = await served()
  const [a = '', b = ''] = (await it.connection.write('contacts', [createOf(0), createOf(1)], it.signal)).map(idOf)
  const done = (id: string) => ({ id, success: true, errors: [] })
  for (const [body, expected] of [
    [[done(a)], ['done', 'unknown']],
    [
      [done(b), done(a)],
      ['unknown', 'unknown'],
    ],
    [
      [done(a), {}],
      ['done', 'unknown'],
    ],
    ['<html>', ['unknown', 'unknown']],
  ] as const) {
    await it.raw.play({ kind: 'status', status: 200, body, match: 'PATCH', times: 1 })
    expect(nexts(await it.connection.write('contacts', [updateOf(a, { Title: 'x' }), updateOf(b, { Title: 'x' })], it.signal))).toEqual(
      expected,
    )
  }
  // An upsert's rows have no id of ours: the object read back has to carry the record id.
  await it.raw.play({ kind: 'status', status: 200, body: [{ ...done(b), created: false }], match: 'PATCH', times: 1 })
  expect(nexts(await it.connection.write('contacts', [createOf(0)], it.signal))).toEqual(['unknown'])
})

test('a receipt shows nothing when the reading back fails, or shows somebody else’s edit', async () => {
  await using it = await served()
  await it.connection.check(it.signal)
  await it.raw.play({ kind: 'status', status: 500, match: 'POST .*composite/sobjects/Contact$' })
  expect(await it.connection.write('contacts', [createOf(0)], it.signal)).toMatchObject([
    { next: 'done', receipt: { raw: null, created: true } },
  ])
  await it.raw.play()
  const edited: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (init?.method === 'PATCH') {
      const [{ id }] = (await response.clone().json()) as [{ id: string }]
      await it.raw.call('PATCH', `/sobjects/Contact/${id}`, { LastName: 'Edited' })
    }
    return response
  }
  const config = { instanceUrl: it.url, clientId: 'throughline', clientSecret: 'salesforce-secret' }
  const connection = salesforce.connect(config, { fetch: edited, now: Date.now, fields: {}, log: () => {} })
  expect(await connection.write('contacts', [createOf(0)], it.signal)).toMatchObject([
    { next: 'done', receipt: { raw: null, created: false } },
  ])
})

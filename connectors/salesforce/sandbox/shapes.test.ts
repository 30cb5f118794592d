import { expect, test } from 'vitest'
import { salesforce } from '../index.ts'
import { createOf, drain, serveConnected, updateOf } from './connect.ts'
import { serveRaw, soql } from './raw.ts'

const keys = (value: unknown): string[] => Object.keys(value as object).toSorted()

test('answers have the members that the vendor’s have, and no others', async () => {
  await using raw = await serveRaw()
  const upsert = (records: object[]) =>
    raw.call<object[]>('PATCH', '/composite/sobjects/Contact/Throughline_Id__c', { allOrNone: false, records })
  const contact = { attributes: { type: 'Contact' }, LastName: 'A' }
  const { body: items } = await upsert([
    { ...contact, Throughline_Id__c: 'r1' },
    { ...contact, Throughline_Id__c: 'r2', Email: 'no' },
  ])
  expect(items.map(keys)).toEqual([
    ['created', 'errors', 'id', 'success'],
    ['errors', 'success'],
  ])
  const failed = items[1] as { errors: object[] }
  // Items say `statusCode` where whole calls say `errorCode`.
  expect(failed.errors.map(keys)).toEqual([['fields', 'message', 'statusCode']])
  const refused = await raw.call<object[]>('GET', soql('SELECT Nothing FROM Contact'))
  expect(refused.body.map(keys)).toEqual([['errorCode', 'message']])
  const page = await raw.call<{ records: { attributes: object }[] }>('GET', soql('SELECT Id FROM Contact'))
  expect(keys(page.body)).toEqual(['done', 'records', 'totalSize'])
  expect(keys(page.body.records[0]?.attributes)).toEqual(['type', 'url'])
  expect(page.headers.get('sforce-limit-info')).toMatch(/^api-usage=\d+\/\d+$/)
  expect(page.headers.get('retry-after')).toBeNull()
})

test('a change event has the vendor’s header, whole', async () => {
  await using raw = await serveRaw({ holdMs: 20 })
  const authorization = `Bearer ${await raw.logIn('human')}`
  let cookie = ''
  const send = async (message: object): Promise<Record<string, unknown>[]> => {
    const answer = await fetch(`${raw.url}/cometd/67.0`, {
      method: 'POST',
      headers: { authorization, cookie, 'content-type': 'application/json' },
      body: JSON.stringify([message]),
    })
    cookie ||= answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    return (await answer.json()) as Record<string, unknown>[]
  }
  const [{ clientId } = {}] = await send({ channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'] })
  const channel = '/data/ContactChangeEvent'
  await send({ channel: '/meta/subscribe', clientId, subscription: channel, ext: { replay: { [channel]: -2 } } })
  await raw.call('POST', '/sobjects/Contact', { LastName: 'A' }, { 'sforce-call-options': 'client=Test' })
  const [event] = await send({ channel: '/meta/connect', clientId, connectionType: 'long-polling' })
  const data = event?.['data'] as { payload: { ChangeEventHeader: Record<string, unknown> }; event: object }
  expect([keys(event), keys(data), keys(data.event)]).toEqual([['channel', 'data'], ['event', 'payload', 'schema'], ['replayId']])
  expect(keys(data.payload.ChangeEventHeader)).toEqual([
    ...['changeOrigin', 'changeType', 'changedFields', 'commitNumber', 'commitTimestamp', 'commitUser', 'diffFields'],
    ...['entityName', 'nulledFields', 'recordIds', 'sequenceNumber', 'transactionKey'],
  ])
  expect(data.payload.ChangeEventHeader['changeOrigin']).toBe('com/salesforce/api/rest/67.0;client=Test')
})

test('what the connector sends holds nothing that the vendor’s parser would refuse, on every kind of call', async () => {
  await using it = await serveConnected(salesforce)
  // The sandbox refuses unknown members, fields and routes, so a success is the proof; that it does refuse comes first.
  for (const [method, path, body] of [
    ['PATCH', '/composite/sobjects', { records: [], all: true }],
    ['POST', '/composite/sobjects/Contact', { ids: [], fields: ['Id'], extra: 1 }],
  ] as const) {
    expect(await it.raw.call(method, path, body)).toMatchObject({ status: 400, body: [{ errorCode: 'JSON_PARSER_ERROR' }] })
  }
  expect((await it.raw.call('GET', '/chatter')).status).toBe(501)
  const [made] = await it.connection.write('contacts', [createOf(1)], it.signal)
  const id = made?.next === 'done' ? made.receipt.externalId : ''
  expect(await it.connection.write('contacts', [updateOf(id, { Title: 'CFO' })], it.signal)).toMatchObject([{ next: 'done' }])
  expect((await drain(it.connection.pull('contacts', null, it.signal))).records).toHaveLength(1)
  expect((await drain(it.connection.list('contacts', null, it.signal))).records).toHaveLength(1)
  expect((await it.connection.find('contacts', 'LastName', ['Last1'], it.signal)).get('Last1')).toHaveLength(1)
  expect(await it.connection.write('contacts', [{ ...updateOf(id, {}), operation: 'delete' }], it.signal)).toMatchObject([{ next: 'done' }])
})

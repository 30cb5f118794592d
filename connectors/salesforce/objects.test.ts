import { readFileSync } from 'node:fs'
import { parseMapping } from '@throughline/contracts'
import type { WriteResult } from '@throughline/sdk'
import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { createOf, drain, serveConnected, updateOf } from './sandbox/connect.ts'

const served = () => serveConnected(salesforce)
const idOf = (result: WriteResult | undefined): string => (result?.next === 'done' ? result.receipt.externalId : '')
const mappingOf = (stream: string) => {
  const url = salesforce.mappings[stream]!
  return parseMapping(readFileSync(url, 'utf8'), url.pathname)
}

/** Writes a record through the default mapping and reads back what others would then see. */
async function roundTrip(it: Awaited<ReturnType<typeof served>>, stream: string, values: Readonly<Record<string, string | number | null>>) {
  const mapping = mappingOf(stream)
  const [result] = await it.connection.write(stream, [{ ...createOf(1), patch: mapping.toRemote(values) }], it.signal)
  if (result?.next !== 'done' || result.receipt.raw === null) throw new Error(`not done: ${JSON.stringify(result)}`)
  const { values: seen, problems } = mapping.toCanonical(salesforce.streams[stream]!.decode(result.receipt.raw))
  expect(problems).toEqual([])
  return { id: result.receipt.externalId, seen, held: result.receipt.raw.body as Record<string, unknown> }
}

test('a ticket of every status and priority becomes a case and comes back', async () => {
  await using it = await served()
  for (const [status, priority] of [
    ['new', 'low'],
    ['open', 'medium'],
    ['waiting', 'high'],
    ['closed', 'urgent'],
  ] as const) {
    const ticket = { subject: `Case ${status}`, description: 'Line one.\nLine two.', status, priority }
    expect((await roundTrip(it, 'cases', ticket)).seen).toEqual(ticket)
  }
})

test('a value outside a restricted list is refused, with its name', async () => {
  await using it = await served()
  const [result] = await it.connection.write('cases', [{ ...createOf(1), patch: { Subject: 'x', Status: 'Lost' } }], it.signal)
  expect(result).toMatchObject({ next: 'reject', why: expect.stringMatching(/INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST.*Lost/) })
})

test('a task keeps the day it is due; a status that is empty elsewhere is the vendor’s to choose', async () => {
  await using it = await served()
  const { seen, held, id } = await roundTrip(it, 'tasks', {
    subject: 'Call',
    description: null,
    status: null,
    dueAt: '2026-03-01T09:30:00.000Z',
  })
  expect(held).toMatchObject({ ActivityDate: '2026-03-01', Status: 'Not Started' })
  expect(seen).toMatchObject({ dueAt: '2026-03-01T00:00:00.000Z', status: 'not_started' })
  // An update to nothing leaves the status as it is instead of being refused for it.
  const patch = mappingOf('tasks').toRemote({ subject: 'Call back', status: null })
  expect(await it.connection.write('tasks', [updateOf(id, patch)], it.signal)).toMatchObject([
    { next: 'done', receipt: { raw: { body: { Subject: 'Call back', Status: 'Not Started' } } } },
  ])
})

test('a deal without name, stage or date is taken all the same, and a missing date is not taken for one', async () => {
  await using it = await served()
  const { seen, held } = await roundTrip(it, 'opportunities', { name: null, stage: null, closeDate: null, amount: null })
  expect(held).toMatchObject({ Name: '[not provided]', StageName: 'Prospecting', CloseDate: '2099-12-31', Amount: null })
  expect(seen).toEqual({ name: null, stage: 'qualification', closeDate: null, amount: null })
  const deal = { name: 'Engines', stage: 'won', closeDate: '2026-06-30', amount: 12_500.5 }
  const again = await roundTrip(it, 'opportunities', deal)
  expect(again.seen).toEqual(deal)
})

test('an archived task is not taken for a deleted one', async () => {
  await using it = await served()
  const [old = '', doomed = ''] = await it.raw.admin<string[]>('plant', { type: 'Task', rows: [{ Subject: 'Old' }, { Subject: 'Doomed' }] })
  await it.raw.admin('archive', { id: old })
  await it.raw.call('DELETE', `/sobjects/Task/${doomed}`)
  const states = async (records: readonly { id: string; state: string }[]) => records.map(({ id, state }) => [id, state])
  expect(await states((await drain(it.connection.list('tasks', null, it.signal))).records)).toEqual([[old, 'live']])
  expect(await states([...((await it.connection.find('tasks', 'Subject', ['Old', 'Doomed'], it.signal)).get('Old') ?? [])])).toEqual([
    [old, 'live'],
  ])
  expect(await states((await drain(it.connection.pull('tasks', null, it.signal))).records)).toEqual([
    [old, 'live'],
    [doomed, 'deleted'],
  ])
})

test('a converted lead counts as deleted everywhere, names what it became, and is written no more', async () => {
  await using it = await served()
  const lead = { LastName: 'Lovelace', Email: 'ada@x.example', Company: 'Engines' }
  const [made, other] = await it.connection.write('leads', [createOf(1, lead), createOf(2, { ...lead, Email: 'b@x.example' })], it.signal)
  const [id, kept] = [idOf(made), idOf(other)]
  const became = await it.raw.admin<{ contactId: string; accountId: string; opportunityId: string }>('convert', { id, opportunity: true })
  const fate = { ConvertedContactId: became.contactId, ConvertedAccountId: became.accountId, ConvertedOpportunityId: became.opportunityId }

  const read = (await it.connection.read('leads', [id], it.signal)).get(id)
  expect(read).toMatchObject({ state: 'deleted' })
  // The fields of the conversion name objects of other streams, so they are no `mergedInto`.
  expect(read).not.toHaveProperty('mergedInto')
  expect(salesforce.streams['leads']!.decode(read!)).toMatchObject({ IsConverted: true, ...fate })
  const pulled = (await drain(it.connection.pull('leads', null, it.signal))).records
  expect(pulled.map((record) => [record.id, record.state])).toEqual(
    expect.arrayContaining([
      [id, 'deleted'],
      [kept, 'live'],
    ]),
  )
  expect((await drain(it.connection.list('leads', null, it.signal))).records.map((record) => record.id)).toEqual([kept])
  expect((await it.connection.find('leads', 'Email', ['ada@x.example'], it.signal)).get('ada@x.example')).toEqual([])
  const writes = [updateOf(id, { Title: 'Countess' }), updateOf(kept, { Title: 'Countess' })]
  expect(await it.connection.write('leads', writes, it.signal)).toMatchObject([
    { next: 'conflict', why: expect.stringContaining('CANNOT_UPDATE_CONVERTED_LEAD'), current: { id, state: 'deleted', body: fate } },
    { next: 'done' },
  ])
  // The person goes on as the contact.
  const contact = (await it.connection.find('contacts', 'Email', ['ada@x.example'], it.signal)).get('ada@x.example')
  expect(contact?.map((record) => record.id)).toEqual([became.contactId])
})

test('a merge of cases and of three leads names the winner; tasks and deals have no such field to ask for', async () => {
  await using it = await served()
  const cases = await it.raw.admin<string[]>('plant', { type: 'Case', rows: [{ Subject: 'A' }, { Subject: 'B' }] })
  const leads = await it.raw.admin<string[]>('plant', { type: 'Lead', rows: [1, 2, 3].map((n) => ({ LastName: `L${n}`, Company: 'C' })) })
  await it.raw.admin('merge', { type: 'Case', master: cases[0], losers: [cases[1]] })
  await it.raw.admin('merge', { type: 'Lead', master: leads[0], losers: leads.slice(1) })
  for (const [stream, [winner, ...losers]] of [
    ['cases', cases],
    ['leads', leads],
  ] as const) {
    const read = await it.connection.read(stream, losers, it.signal)
    for (const id of losers) expect(read.get(id)).toMatchObject({ state: 'deleted', mergedInto: winner })
  }
})

test('an article becomes a campaign with its tag; a title that is too long is cut, and the org’s own campaigns are shown to nobody', async () => {
  await using it = await served()
  const article = { title: `${'x'.repeat(78)}\u{1F600} and more`, summary: 'How it works.', status: 'published', campaign: 'Spring' }
  const { id, seen, held } = await roundTrip(it, 'campaigns', article)
  expect(held).toMatchObject({ Name: `${'x'.repeat(78)}…`, Description: 'How it works.', Status: 'In Progress', Campaign_Tag__c: 'Spring' })
  expect(seen).toEqual({ title: `${'x'.repeat(78)}…`, summary: 'How it works.', campaign: 'Spring' })

  const [foreign = ''] = await it.raw.admin<string[]>('plant', {
    type: 'Campaign',
    rows: [{ Name: 'Trade fair', Campaign_Tag__c: 'Spring' }],
  })
  const { connection, signal } = it
  const ids = async (pages: Parameters<typeof drain>[0]) => (await drain(pages)).records.map((record) => record.id)
  expect(await ids(connection.list('campaigns', null, signal))).toEqual([id])
  const first = await drain(connection.pull('campaigns', null, signal))
  expect(first.records.map((record) => record.id)).toEqual([id])
  await it.raw.call('PATCH', `/sobjects/Campaign/${foreign}`, { Campaign_Tag__c: 'Autumn' })
  expect(await ids(connection.pull('campaigns', first.cursor, signal))).not.toContain(foreign)
  expect((await connection.find('campaigns', 'Campaign_Tag__c', ['Spring', 'Autumn'], signal)).get('Autumn')).toEqual([])
  const read = await connection.read('campaigns', [id, foreign], signal)
  expect([read.get(id)?.state, read.get(foreign)]).toEqual(['live', null])
})

import { expect, test } from 'vitest'
import { HUMAN_USER } from './index.ts'
import { serveRaw, soql } from './raw.ts'

test('updated and deleted answer a span of time, and no older than the vendor keeps it', async () => {
  await using raw = await serveRaw()
  const [kept, doomed] = await raw.admin<string[]>('plant', {
    type: 'Lead',
    rows: [1, 2].map((n) => ({ LastName: `L${n}`, Company: 'C' })),
  })
  await raw.call('DELETE', `/sobjects/Lead/${doomed}`)
  const span = (days: number) =>
    `start=${encodeURIComponent(new Date(Date.now() - days * 86_400_000).toISOString())}&end=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}`
  expect((await raw.call('GET', `/sobjects/Lead/updated?${span(1)}`)).body).toMatchObject({ ids: [kept] })
  expect((await raw.call('GET', `/sobjects/Lead/deleted?${span(1)}`)).body).toMatchObject({ deletedRecords: [{ id: doomed }] })
  expect((await raw.call('GET', `/sobjects/Lead/updated?${span(31)}`)).status).toBe(400)
  expect((await raw.call('GET', `/sobjects/Lead/deleted?${span(16)}`)).status).toBe(400)
})

test('a merge puts the loser into the recycle bin with the winner’s id, and touches the winner', async () => {
  let now = Date.parse('2026-11-20T12:00:00Z')
  await using raw = await serveRaw({ now: () => now })
  const [winner, loser] = await raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'A' }, { LastName: 'B' }] })
  now += 10_000
  await raw.admin('merge', { type: 'Contact', master: winner, losers: [loser] })
  const { body } = await raw.call<{ records: object[] }>(
    'GET',
    soql('SELECT Id, IsDeleted, MasterRecordId, SystemModstamp, LastModifiedById FROM Contact ORDER BY Id', true),
  )
  const stamped = { SystemModstamp: '2026-11-20T12:00:10.000+0000', LastModifiedById: HUMAN_USER }
  expect(body.records).toMatchObject([
    { Id: winner, IsDeleted: false, MasterRecordId: null, ...stamped },
    { Id: loser, IsDeleted: true, MasterRecordId: winner, ...stamped },
  ])
  await raw.admin('undelete', { type: 'Contact', id: loser })
  expect((await raw.call('GET', `/sobjects/Contact/${loser}`)).status).toBe(200)
})

test('purge empties the recycle bin, reset the org', async () => {
  await using raw = await serveRaw()
  const [id] = await raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'A' }, { LastName: 'B' }] })
  await raw.call('DELETE', `/sobjects/Contact/${id}`)
  await raw.admin('purge', { type: 'Contact' })
  expect((await raw.call<{ totalSize: number }>('GET', soql('SELECT Id FROM Contact', true))).body.totalSize).toBe(1)
  await raw.admin('reset')
  expect((await raw.call<{ totalSize: number }>('GET', soql('SELECT Id FROM Contact', true))).body.totalSize).toBe(0)
})

test('a seed is the same each time', async () => {
  await using one = await serveRaw()
  await using two = await serveRaw()
  const emails = async (raw: typeof one): Promise<unknown[]> => {
    expect(await raw.admin('seed', { people: 50, leads: 10, companies: 5, seed: 7 })).toEqual({ created: 65 })
    const state = await raw.admin<{ records: { Contact: { Email: string }[] } }>('state')
    return state.records.Contact.map((row) => row.Email)
  }
  const first = await emails(one)
  expect(first).toHaveLength(50)
  expect(await emails(two)).toEqual(first)
})

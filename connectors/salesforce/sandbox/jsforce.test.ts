import { Connection } from 'jsforce'
import { StreamingExtension } from 'jsforce/lib/api/streaming.js'
import { expect, test } from 'vitest'
import { serveRaw } from './raw.ts'

test('the vendor’s SDK runs unmodified', async () => {
  await using raw = await serveRaw()
  const conn = new Connection({
    instanceUrl: raw.url,
    version: '67.0',
    oauth2: { loginUrl: raw.url, clientId: 'human', clientSecret: 'human-secret' },
  })
  await conn.authorize({ grant_type: 'client_credentials' })
  const contact = conn.sobject('Contact')
  const made = await contact.create([{ LastName: 'A', Email: 'a@x.example' }, { LastName: '' }])
  expect(made.map((result) => result.success)).toEqual([true, false])
  const single = await contact.create({ LastName: 'B' })
  await contact.update({ Id: single.id ?? '', Title: 'CFO' })
  await contact.update([{ Id: single.id ?? '', Department: 'Sales' }])
  expect(await contact.upsert([{ Throughline_Id__c: 'r1', LastName: 'C' }], 'Throughline_Id__c')).toMatchObject([
    { success: true, created: true },
  ])
  expect(await contact.upsert({ Throughline_Id__c: 'r1', LastName: 'D' }, 'Throughline_Id__c')).toMatchObject({
    success: true,
    created: false,
  })
  expect(await contact.retrieve(single.id ?? '')).toMatchObject({ LastName: 'B', Title: 'CFO', Department: 'Sales' })
  expect(await contact.retrieve([single.id ?? '', made[0]?.id ?? ''])).toMatchObject([{ LastName: 'B' }, { LastName: 'A' }])
  const found = await conn.query<{ LastName: string }>(
    "SELECT Id, LastName FROM Contact WHERE Email != null OR LastName IN ('B', 'D') ORDER BY LastName",
  )
  expect(found.records.map((row) => row.LastName)).toEqual(['A', 'B', 'D'])
  expect(conn.limitInfo.apiUsage?.used).toBeGreaterThan(5)
  const destroyed = await contact.destroy([single.id ?? ''])
  expect(destroyed).toMatchObject([{ success: true }])
  const span = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)] as const
  expect((await contact.deleted(...span)).deletedRecords.map((row) => row.id)).toEqual([single.id])
  expect((await contact.updated(...span)).ids).toHaveLength(2)
  await expect(contact.create({ LastName: 'x'.repeat(81) })).rejects.toMatchObject({ errorCode: 'STRING_TOO_LONG' })
})

test('locators are followed by the SDK', async () => {
  await using raw = await serveRaw()
  await raw.admin('seed', { people: 2500 })
  const conn = new Connection({ instanceUrl: raw.url, version: '67.0', accessToken: await raw.logIn('human') })
  const { records } = await conn.query('SELECT Id FROM Contact', { autoFetch: true, maxFetch: 10_000 })
  expect(records).toHaveLength(2500)
})

test('the SDK’s own streaming client hears what is replayed and what happens', async () => {
  await using raw = await serveRaw({ holdMs: 50 })
  const [old] = await raw.admin<string[]>('plant', { type: 'Contact', rows: [{ LastName: 'A' }] })
  const conn = new Connection({ instanceUrl: raw.url, version: '67.0', accessToken: await raw.logIn('human') })
  const client = conn.streaming.createClient([new StreamingExtension.Replay('/data/ContactChangeEvent', -2)])
  const heard: string[] = []
  await client.subscribe(
    '/data/ContactChangeEvent',
    (event: { payload: { ChangeEventHeader: { recordIds: string[]; changeType: string } } }) => {
      const { recordIds, changeType } = event.payload.ChangeEventHeader
      heard.push(`${changeType} ${recordIds.join()}`)
    },
  )
  await raw.call('PATCH', `/sobjects/Contact/${old}`, { Title: 'CFO' })
  for (let i = 0; i < 100 && heard.length < 2; i++) await new Promise((resolve) => setTimeout(resolve, 20))
  // The declarations leave out what ends a client and its timers.
  ;(client as unknown as { disconnect(): void }).disconnect()
  expect(heard).toEqual([`CREATE ${old}`, `UPDATE ${old}`])
})

import type { Provisioner, ProvisionStep } from '@throughline/sdk'
import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { createOf, FIELDS, serveConnected } from './sandbox/connect.ts'

async function served(config: object = {}, fields: Readonly<Record<string, readonly string[]>> = FIELDS) {
  const it = await serveConnected(salesforce)
  const logged: string[] = []
  const io = { fetch: globalThis.fetch, now: Date.now, fields, log: (message: string) => void logged.push(message) }
  const all = { instanceUrl: it.url, clientId: 'throughline', clientSecret: 'salesforce-secret', ...config }
  const provisioner = salesforce.provision!(all, io, { hookUrl: null })
  return Object.assign(it, { provisioner })
}
const plan = ({ provisioner, signal }: { provisioner: Provisioner; signal: AbortSignal }) => provisioner.plan(signal)
const stepOf = (steps: readonly ProvisionStep[], id: string): ProvisionStep => {
  const step = steps.find((one) => one.id === id)
  if (!step) throw new Error(`no step ${id} among ${steps.map((one) => one.id).join(', ')}`)
  return step
}
const open = (steps: readonly ProvisionStep[]) => steps.filter((step) => step.state !== 'present').map((step) => `${step.id} ${step.state}`)

test('an org that has everything: every step is present, and looking writes nothing', async () => {
  await using it = await served()
  const steps = await plan(it)
  expect(open(steps)).toEqual([])
  expect(steps.map((step) => step.id)).toEqual(
    expect.arrayContaining(['login', 'api', 'object.contacts', 'field.tasks.throughline_id', 'field.accounts.domain', 'fields.cases']),
  )
  expect(new Set(steps.map((step) => step.id)).size).toBe(steps.length)
  expect(it.sandbox.calls.writes).toBe(0)
})

test('only mapped streams are looked at', async () => {
  await using it = await served({}, { cases: ['Subject'] })
  expect((await plan(it)).map((step) => step.id)).toEqual(['login', 'api', 'object.cases', 'field.cases.throughline_id', 'fields.cases'])
})

test('a missing external id is made, then says who has to see it, then is present; a second yes does no harm', async () => {
  await using it = await served()
  for (const type of ['Contact', 'Task']) await it.raw.admin('field', { type, name: 'Throughline_Id__c', state: 'absent' })
  await it.raw.admin('field', { type: 'Account', name: 'Domain__c', state: 'absent' })
  const [refused] = await it.connection.write('contacts', [createOf(1)], it.signal)
  // The org is to be mended, and then the write goes through.
  expect(refused).toMatchObject({ next: 'retry', why: expect.stringContaining('Throughline_Id__c') })
  const first = await plan(it)
  expect(open(first)).toEqual([
    'field.contacts.throughline_id missing',
    'field.accounts.domain missing',
    'field.tasks.throughline_id missing',
  ])
  for (const step of first) if (step.state === 'missing') await step.apply!(it.signal)
  await stepOf(first, 'field.contacts.throughline_id').apply!(it.signal)
  const second = await plan(it)
  expect(open(second)).toEqual([
    'field.contacts.throughline_id manual',
    'field.accounts.domain manual',
    'field.tasks.throughline_id manual',
  ])
  expect(stepOf(second, 'field.contacts.throughline_id').detail).toMatch(/does not see it.*Read and Edit of Throughline Id/)
  for (const type of ['Contact', 'Task']) await it.raw.admin('field', { type, name: 'Throughline_Id__c' })
  await it.raw.admin('field', { type: 'Account', name: 'Domain__c' })
  expect(open(await plan(it))).toEqual([])
  expect(await it.connection.write('contacts', [createOf(1)], it.signal)).toMatchObject([{ next: 'done' }])
})

test('a user who may not change the org gets an instruction that an administrator can follow', async () => {
  await using it = await served()
  await it.raw.admin('field', { type: 'Case', name: 'Throughline_Id__c', state: 'absent' })
  const before = stepOf(await plan(it), 'field.cases.throughline_id')
  await it.raw.admin('permit', { customise: false })
  await expect(before.apply!(it.signal)).rejects.toMatchObject({
    name: 'VendorError',
    next: 'reject',
    message: expect.stringContaining('administrator'),
  })
  const step = stepOf(await plan(it), 'field.cases.throughline_id')
  expect(step).toMatchObject({ state: 'manual' })
  expect(step.apply).toBeUndefined()
  for (const word of ['Case', 'length 36', 'unique', 'external ID', 'Throughline_Id']) expect(step.detail).toContain(word)
})

test('a field that is there but not unique would make doubles: it is said, not passed over', async () => {
  await using it = await served()
  await it.raw.admin('field', { type: 'Lead', name: 'Throughline_Id__c', state: 'plain' })
  expect(stepOf(await plan(it), 'field.leads.throughline_id')).toMatchObject({
    state: 'manual',
    detail: expect.stringMatching(/External ID and Unique.*second object/),
  })
})

test('rights and mapped fields that are missing are named', async () => {
  await using it = await served()
  await it.raw.admin('permit', { type: 'Contact', delete: false })
  await it.raw.admin('field', { type: 'Contact', name: 'MailingCity', state: 'hidden' })
  const steps = await plan(it)
  expect(open(steps)).toEqual(['object.contacts manual', 'fields.contacts manual'])
  expect(stepOf(steps, 'object.contacts').detail).toContain('may not delete Contact')
  expect(stepOf(steps, 'fields.contacts').detail).toContain('MailingCity')
})

test('an object that the user does not see: its fields wait for it', async () => {
  await using it = await served({}, { cases: ['Subject'] })
  await it.raw.play({ kind: 'status', status: 404, match: 'Case/describe' })
  expect(open(await plan(it))).toEqual(['object.cases manual', 'field.cases.throughline_id missing'])
})

test('wrong credentials and a disabled API are told apart; an outage is no finding', async () => {
  await using wrong = await served({ clientSecret: 'wrong' })
  const steps = await plan(wrong)
  expect(open(steps)).toEqual(['login manual', 'api missing'])
  expect(JSON.stringify(steps)).not.toContain('"wrong"')
  await using it = await served()
  const body = [{ errorCode: 'API_DISABLED_FOR_ORG', message: 'The REST API is not enabled for this Organization.' }]
  await it.raw.play({ kind: 'status', status: 403, body, match: 'limits' })
  expect(open(await plan(it))).toEqual(['api manual'])
  await it.raw.play({ kind: 'status', status: 503 })
  await expect(plan(it)).rejects.toMatchObject({ name: 'VendorError', next: 'retry' })
})

test('a channel of change events says what to select for it', async () => {
  await using it = await served({ changeEvents: '/data/ChangeEvents' }, { contacts: ['LastName'], cases: ['Subject'] })
  expect(stepOf(await plan(it), 'events')).toMatchObject({ state: 'manual', detail: expect.stringContaining('select Contact, Case') })
})

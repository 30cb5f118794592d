import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type HubspotSandbox, serveHubspot } from './index.ts'
import { rawClient } from './raw.ts'

const BATCH = '/crm/v3/objects/contacts/batch'
let sandbox: HubspotSandbox
let raw: ReturnType<typeof rawClient>
const emails = () => sandbox.state().contacts?.map((row) => ('properties' in row ? row.properties.email : null))
const upsert = (id: string, email: string, trace = true) => ({
  id,
  idProperty: 'throughline_id',
  properties: { email },
  ...(trace ? { objectWriteTraceId: `k-${id}` } : {}),
})

beforeAll(async () => {
  sandbox = await serveHubspot(0)
  raw = rawClient(sandbox.url)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await raw('POST', '/_sandbox/reset')
})

it('upserts by a unique property: new the first time, the same object the second', async () => {
  const first = await raw('POST', `${BATCH}/upsert`, { inputs: [upsert('r1', 'a@b.example'), upsert('r2', 'c@d.example')] })
  expect([first.status, first.json.status]).toEqual([200, 'COMPLETE'])
  expect(first.json.results).toMatchObject([
    { new: true, objectWriteTraceId: 'k-r1', properties: { throughline_id: 'r1' } },
    { new: true, objectWriteTraceId: 'k-r2' },
  ])
  const second = await raw('POST', `${BATCH}/upsert`, { inputs: [upsert('r1', 'e@f.example')] })
  expect(second.json.results).toMatchObject([{ new: false, id: first.json.results?.[0]?.id, properties: { email: 'e@f.example' } }])
  expect(emails()).toEqual(['e@f.example', 'c@d.example'])
})

it('answers 207 when each input has a trace id: the good rows done, the bad ones named', async () => {
  const { status, json } = await raw('POST', `${BATCH}/upsert`, {
    inputs: [upsert('r1', 'a@b.example'), upsert('r2', 'A@b.example'), upsert('r3', 'broken'), upsert('r4', 'c@d.example')],
  })
  expect([status, json.numErrors]).toEqual([207, 2])
  expect(json.results).toMatchObject([{ objectWriteTraceId: 'k-r1' }, { objectWriteTraceId: 'k-r4' }])
  expect(json.errors).toMatchObject([
    { category: 'CONFLICT', context: { objectWriteTraceId: ['k-r2'] } },
    { category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['k-r3'] } },
  ])
  expect(emails()).toEqual(['a@b.example', 'c@d.example'])
})

it.each([
  ['without trace ids', true, false],
  ['where partial success is switched off', false, true],
])('is all or nothing %s', async (_, partial, trace) => {
  const kept = await raw('POST', `${BATCH}/upsert`, { inputs: [upsert('r0', 'old@b.example')] })
  await raw('POST', '/_sandbox/settings', { partial })
  const answer = await raw('POST', `${BATCH}/upsert`, {
    inputs: [upsert('r0', 'new@b.example', trace), upsert('r1', 'a@b.example', trace), upsert('r2', 'broken', trace)],
  })
  expect([answer.status, answer.json.category]).toEqual([400, 'VALIDATION_ERROR'])
  expect(sandbox.state().contacts).toMatchObject([{ id: kept.json.results?.[0]?.id, properties: { email: 'old@b.example' } }])
  expect((await raw('POST', `${BATCH}/upsert`, { inputs: [upsert('r1', 'a@b.example', trace)] })).status).toBe(200)
})

it('updates by id or by unique property, and names rows that are not there', async () => {
  const made = await raw('POST', `${BATCH}/create`, { inputs: [{ properties: { email: 'a@b.example', throughline_id: 'r1' } }] })
  const id = made.json.results?.[0]?.id
  const { status, json } = await raw('POST', `${BATCH}/update`, {
    inputs: [
      { id, objectWriteTraceId: 'k1', properties: { phone: '1' } },
      { id: 'r1', idProperty: 'throughline_id', objectWriteTraceId: 'k2', properties: { city: 'Kiel' } },
      { id: '777', objectWriteTraceId: 'k3', properties: { phone: '1' } },
    ],
  })
  expect(status).toBe(207)
  expect(json.errors).toMatchObject([{ category: 'OBJECT_NOT_FOUND', context: { ids: ['777'], objectWriteTraceId: ['k3'] } }])
  expect(sandbox.state().contacts).toMatchObject([{ properties: { phone: '1', city: 'Kiel' } }])
})

it('reads by id and by e-mail, 207 for what is missing, archived only when asked', async () => {
  sandbox.seed({ people: 3 })
  const all = (sandbox.state().contacts ?? []).flatMap((row) => ('properties' in row ? [row] : []))
  const byMail = await raw('POST', `${BATCH}/read`, {
    idProperty: 'email',
    properties: ['email'],
    inputs: [{ id: all[1]!.properties.email!.toUpperCase() }, { id: 'nobody@b.example' }],
  })
  expect(byMail.status).toBe(207)
  expect(byMail.json.results).toMatchObject([{ id: all[1]!.id }])
  expect(byMail.json.errors).toMatchObject([{ category: 'OBJECT_NOT_FOUND', context: { ids: ['nobody@b.example'] } }])
  await raw('POST', `${BATCH}/archive`, { inputs: [{ id: all[0]!.id }, { id: '777' }] })
  const inputs = all.map(({ id }) => ({ id }))
  expect((await raw('POST', `${BATCH}/read`, { inputs, properties: [] })).json.results).toHaveProperty('length', 2)
  expect((await raw('POST', `${BATCH}/read?archived=true`, { inputs, properties: [] })).json.results).toMatchObject([
    { id: all[0]!.id, archived: true },
  ])
})

it.each(['read', 'create', 'update', 'upsert', 'archive'])('refuses more than 100 inputs for %s, and no inputs', async (verb) => {
  const inputs = Array.from({ length: 101 }, (_, index) => ({ id: String(index), idProperty: 'throughline_id', properties: {} }))
  expect((await raw('POST', `${BATCH}/${verb}`, { inputs })).status).toBe(400)
  expect((await raw('POST', `${BATCH}/${verb}`, { inputs: [] })).status).toBe(400)
  expect(sandbox.state().contacts).toEqual([])
})

it('refuses a trace id that occurs twice and an upsert by a property that is not unique', async () => {
  const twice = [upsert('r1', 'a@b.example'), { ...upsert('r2', 'c@d.example'), objectWriteTraceId: 'k-r1' }]
  expect((await raw('POST', `${BATCH}/upsert`, { inputs: twice })).status).toBe(400)
  expect((await raw('POST', `${BATCH}/upsert`, { inputs: [{ id: 'x', idProperty: 'city', properties: {} }] })).status).toBe(400)
})

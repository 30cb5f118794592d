import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HubspotSandbox, serveHubspot } from './index.ts'
import { rawClient } from './raw.ts'

const DEALS = '/crm/v3/objects/deals'
const TICKETS = '/crm/v3/objects/tickets'
let sandbox: HubspotSandbox
let raw: ReturnType<typeof rawClient>
const create = (path: string, properties: Record<string, string>) => raw('POST', path, { properties })
const deal = async (n: number) => String((await create(DEALS, { dealname: `D${n}`, dealstage: 'qualifiedtobuy' })).json.id)
const company = async () => String((await create('/crm/v3/objects/companies', { name: 'C' })).json.id)

beforeAll(async () => {
  sandbox = await serveHubspot(0, { settings: { indexLagMs: 0 } })
  raw = rawClient(sandbox.url)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await raw('POST', '/_sandbox/reset')
})

describe('deals and tickets', () => {
  it('stand in the pipeline that every account has, unless told otherwise', async () => {
    const { json } = await create(TICKETS, { subject: 'S', hs_pipeline_stage: '1' })
    expect((await raw('GET', `${TICKETS}/${json.id}`)).json.properties).toMatchObject({
      hs_pipeline: '0',
      hs_pipeline_stage: '1',
      subject: 'S',
    })
    expect((await create(DEALS, { dealname: 'D', dealstage: 'closedwon', pipeline: 'default' })).status).toBe(201)
  })

  it.each([
    [DEALS, { dealname: 'D' }, ['dealstage']],
    [DEALS, {}, ['dealname', 'dealstage']],
    [TICKETS, { hs_pipeline_stage: '1', subject: '' }, ['subject']],
  ])('are not made by %s with %j: %j are missing', async (path, properties, missing) => {
    const answer = await create(path, properties)
    expect([answer.status, answer.json.category, answer.json.context]).toEqual([400, 'VALIDATION_ERROR', { properties: missing }])
  })

  it.each([
    [DEALS, { dealstage: '1' }, 'INVALID_OPTION'],
    [DEALS, { dealstage: '' }, 'INVALID_OPTION'],
    [DEALS, { pipeline: 'mine' }, 'INVALID_OPTION'],
    [DEALS, { deal_currency_code: 'XTS' }, 'INVALID_OPTION'],
    [DEALS, { amount: 'much' }, 'INVALID_NUMBER'],
    [DEALS, { closedate: 'soon' }, 'INVALID_DATE'],
    [TICKETS, { hs_pipeline_stage: 'qualifiedtobuy' }, 'INVALID_OPTION'],
    [TICKETS, { hs_ticket_priority: 'high' }, 'INVALID_OPTION'],
  ])('%s refuse %j with %s', async (path, properties, code) => {
    const all = { dealname: 'D', dealstage: 'qualifiedtobuy' }
    const made = await create(path, path === DEALS ? all : { subject: 'S', hs_pipeline_stage: '1' })
    const answer = await raw('PATCH', `${path}/${made.json.id}`, { properties })
    expect([answer.status, answer.json.errors]).toMatchObject([400, [{ code }]])
  })

  it('keep a day, a moment or milliseconds as a moment', async () => {
    const { id } = (await create(DEALS, { dealname: 'D', dealstage: 'closedwon' })).json
    for (const [given, kept] of [
      ['2026-06-30', '2026-06-30T00:00:00.000Z'],
      ['2026-06-30T17:30:00+02:00', '2026-06-30T15:30:00.000Z'],
      ['1782777600000', '2026-06-30T00:00:00.000Z'],
      ['', ''],
    ]) {
      expect((await raw('PATCH', `${DEALS}/${id}`, { properties: { closedate: given } })).json.properties?.closedate).toBe(kept)
    }
  })

  it('have pipelines; contacts have none', async () => {
    const { json } = await raw('GET', '/crm/v3/pipelines/tickets')
    const stages = json.results?.[0]?.stages as unknown as { id: string; label: string }[]
    expect(stages.map(({ id, label }) => [id, label])).toEqual([
      ['1', 'New'],
      ['2', 'Waiting on contact'],
      ['3', 'Waiting on us'],
      ['4', 'Closed'],
    ])
    expect((await raw('GET', '/crm/v3/pipelines/deals')).json.results).toMatchObject([{ id: 'default' }])
    expect((await raw('GET', '/crm/v3/pipelines/contacts')).status).toBe(400)
  })

  it('want scopes of their own', async () => {
    sandbox.settings.deniedScopes = ['tickets', 'crm.objects.deals.write']
    const app = rawClient(sandbox.url, 'hub-token')
    const scopesOf = async (method: string, path: string) =>
      ((await app(method, path, method === 'POST' ? {} : undefined)).json.errors as unknown as { context: object }[] | undefined)?.[0]
        ?.context
    expect(await scopesOf('GET', TICKETS)).toEqual({ requiredGranularScopes: ['tickets'] })
    expect(await scopesOf('POST', DEALS)).toEqual({ requiredGranularScopes: ['crm.objects.deals.write'] })
    expect((await app('GET', DEALS)).status).toBe(200)
    expect((await raw('GET', TICKETS)).status).toBe(200)
  })

  it('are planted in numbers', () => {
    sandbox.seed({ deals: 40, tickets: 50 })
    expect([sandbox.state().deals?.length, sandbox.state().tickets?.length]).toEqual([40, 50])
  })
})

describe('properties', () => {
  const definition = (name: string) => ({ name, label: 'L', type: 'string', fieldType: 'text', groupName: 'g', hasUniqueValue: true })

  it('that the account lacks are refused wherever they are named', async () => {
    sandbox.settings.missingProperties = ['deals.throughline_id']
    const id = await deal(1)
    const inputs = [{ id: 'r1', idProperty: 'throughline_id', properties: {} }]
    const filterGroups = [{ filters: [{ propertyName: 'throughline_id', operator: 'EQ', value: 'r1' }] }]
    for (const [method, path, body] of [
      ['PATCH', `${DEALS}/${id}`, { properties: { throughline_id: 'r1' } }],
      ['POST', `${DEALS}/batch/upsert`, { inputs }],
      ['POST', `${DEALS}/batch/read`, { inputs, idProperty: 'throughline_id', properties: [] }],
      ['POST', `${DEALS}/search`, { filterGroups }],
    ] as const) {
      expect([path, (await raw(method, path, body)).status]).toEqual([path, 400])
    }
  })

  it('can be made, once, and are unique from then on', async () => {
    const path = '/crm/v3/properties/deals'
    expect((await raw('POST', path, { ...definition('erp_id'), label: undefined })).status).toBe(400)
    expect((await raw('POST', path, definition('ERP id'))).status).toBe(400)
    expect((await raw('POST', path, definition('erp_id'))).json).toMatchObject({
      name: 'erp_id',
      hasUniqueValue: true,
      hubspotDefined: false,
    })
    expect((await raw('POST', path, definition('erp_id'))).status).toBe(409)
    expect((await raw('POST', path, definition('amount'))).status).toBe(409)
    const [a, b] = [await deal(1), await deal(2)]
    const set = (id: string) => raw('PATCH', `${DEALS}/${id}`, { properties: { erp_id: '7' } })
    expect([(await set(a)).status, (await set(b)).status]).toEqual([200, 409])
    expect((await raw('GET', `${DEALS}/7?idProperty=erp_id`)).json.id).toBe(a)
    const names = ((await raw('GET', path)).json.results as unknown as { name: string }[]).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['amount', 'erp_id', 'throughline_id']))
    await raw('POST', '/_sandbox/reset')
    expect((await raw('GET', `${path}/erp_id`)).status).toBe(404)
  })
})

describe('associations', () => {
  const read = async (from: string, to: string, ...ids: string[]) =>
    raw('POST', `/crm/v4/associations/${from}/${to}/batch/read`, { inputs: ids.map((id) => ({ id })) })

  it('hold in both directions; who has none is named, in the shape of the vendor', async () => {
    const [one, two, firm] = [await deal(1), await deal(2), await company()]
    expect((await raw('PUT', `/crm/v4/objects/deals/${one}/associations/default/companies/${firm}`)).status).toBe(200)
    const { status, json } = await read('deals', 'companies', one, two)
    expect([status, json.numErrors]).toEqual([207, 1])
    expect(json.results).toEqual([
      {
        from: { id: one },
        to: [
          {
            toObjectId: firm,
            associationTypes: [
              { category: 'HUBSPOT_DEFINED', typeId: 5, label: 'Primary' },
              { category: 'HUBSPOT_DEFINED', typeId: 341, label: null },
            ],
          },
        ],
      },
    ])
    expect(json.errors).toMatchObject([{ subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND', context: { fromObjectId: [two] } }])
    expect((await read('companies', 'deals', firm)).json.results).toMatchObject([{ to: [{ toObjectId: one }] }])
    expect((await raw('GET', `/crm/v4/objects/0-3/${one}/associations/0-2`)).json.results).toMatchObject([{ toObjectId: firm }])
    expect((await raw('DELETE', `/crm/v4/objects/companies/${firm}/associations/deals/${one}`)).status).toBe(204)
    expect((await read('deals', 'companies', one)).json.results).toEqual([])
  })

  it('end with the object and move with a merge', async () => {
    const [one, firm, other] = [await deal(1), await company(), await company()]
    const join = () => raw('PUT', `/crm/v4/objects/deals/${one}/associations/default/companies/${firm}`)
    await join()
    await raw('POST', '/crm/v3/objects/companies/merge', { primaryObjectId: other, objectIdToMerge: firm })
    expect((await read('deals', 'companies', one)).json.results).toMatchObject([{ to: [{ toObjectId: other }] }])
    expect((await read('companies', 'deals', other)).json.results).toMatchObject([{ to: [{ toObjectId: one }] }])
    await raw('DELETE', `/crm/v3/objects/companies/${other}`)
    expect((await read('deals', 'companies', one)).json.results).toEqual([])
    expect((await join()).status).toBe(404)
  })
})

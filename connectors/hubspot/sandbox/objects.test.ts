import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HubspotSandbox, serveHubspot } from './index.ts'
import { rawClient } from './raw.ts'

const CONTACTS = '/crm/v3/objects/contacts'
let sandbox: HubspotSandbox
let raw: ReturnType<typeof rawClient>
const create = async (properties: Record<string, string>) => (await raw('POST', CONTACTS, { properties })).json

beforeAll(async () => {
  sandbox = await serveHubspot(0, { settings: { indexLagMs: 0 } })
  raw = rawClient(sandbox.url)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await raw('POST', '/_sandbox/reset')
})

describe('single objects', () => {
  it('creates, tidies the e-mail, and reads back what is asked for and what always comes along', async () => {
    const made = await raw('POST', CONTACTS, { properties: { email: '  Ada@Example.COM ', firstname: 'Ada' } })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({
      archived: false,
      properties: { email: 'ada@example.com', firstname: 'Ada', hs_object_id: made.json.id },
    })
    const read = await raw('GET', `${CONTACTS}/${made.json.id}?properties=firstname&properties=phone`)
    expect(read.json.properties).toEqual({
      firstname: 'Ada',
      phone: null,
      hs_object_id: made.json.id,
      createdate: made.json.createdAt,
      lastmodifieddate: made.json.updatedAt,
    })
    expect((await raw('GET', `${CONTACTS}/ADA%40example.com?idProperty=email`)).json.id).toBe(made.json.id)
  })

  it('moves updatedAt on a change and not without one', async () => {
    await raw('POST', '/_sandbox/clock', { freeze: 1_790_000_000_000 })
    const { id } = await create({ email: 'a@b.example', phone: '1' })
    await raw('POST', '/_sandbox/clock', { shiftMs: 1234 })
    const same = await raw('PATCH', `${CONTACTS}/${id}`, { properties: { phone: '1' } })
    const other = await raw('PATCH', `${CONTACTS}/${id}`, { properties: { phone: '' } })
    expect([same.json.updatedAt, other.json.updatedAt]).toEqual(['2026-09-21T14:13:20.000Z', '2026-09-21T14:13:21.234Z'])
    expect(other.json.properties?.phone).toBe('')
    await raw('POST', '/_sandbox/clock', { freeze: false, shiftMs: -1234 })
  })

  it('refuses a taken e-mail and a taken record id with 409, naming the holder', async () => {
    const { id } = await create({ email: 'a@b.example', throughline_id: 'r1' })
    const again = await raw('POST', CONTACTS, { properties: { email: 'A@B.example' } })
    expect([again.status, again.json.category, again.json.message]).toEqual([409, 'CONFLICT', `Contact already exists. Existing ID: ${id}`])
    expect((await raw('POST', CONTACTS, { properties: { throughline_id: 'r1' } })).status).toBe(409)
    const other = await create({ email: 'c@d.example' })
    expect((await raw('PATCH', `${CONTACTS}/${other.id}`, { properties: { email: 'a@b.example' } })).status).toBe(409)
  })

  it.each([
    [{ nonsense: 'x' }, 'PROPERTY_DOESNT_EXIST', 'nonsense'],
    [{ email: 'no address' }, 'INVALID_EMAIL', 'email'],
    [{ lifecyclestage: 'friend' }, 'INVALID_OPTION', 'lifecyclestage'],
    [{ hs_object_id: '1' }, 'READ_ONLY_VALUE', 'hs_object_id'],
  ])('refuses %j with 400 %s', async (properties, code, name) => {
    const answer = await raw('POST', CONTACTS, { properties })
    expect([answer.status, answer.json.category]).toEqual([400, 'VALIDATION_ERROR'])
    expect(answer.json.errors).toMatchObject([{ code, context: { propertyName: [name] } }])
  })

  it('answers 404 for what never was, 400 for broken JSON and unknown types', async () => {
    expect((await raw('GET', `${CONTACTS}/12345`)).status).toBe(404)
    expect((await raw('PATCH', `${CONTACTS}/12345`, { properties: {} })).status).toBe(404)
    expect((await raw('POST', CONTACTS, '{')).status).toBe(400)
    expect((await raw('GET', '/crm/v3/objects/pears')).status).toBe(400)
  })

  it('archives: gone from reads and list, listed as archived with its time, its e-mail free again', async () => {
    const { id } = await create({ email: 'a@b.example' })
    expect((await raw('DELETE', `${CONTACTS}/${id}`)).status).toBe(204)
    expect((await raw('DELETE', `${CONTACTS}/${id}`)).status).toBe(204)
    expect((await raw('GET', `${CONTACTS}/${id}`)).status).toBe(404)
    expect((await raw('GET', CONTACTS)).json.results).toEqual([])
    expect((await raw('GET', `${CONTACTS}?archived=true`)).json.results).toMatchObject([
      { id, archived: true, archivedAt: expect.any(String) },
    ])
    expect((await raw('POST', CONTACTS, { properties: { email: 'a@b.example' } })).status).toBe(201)
  })

  it('merges: the loser leads to the winner, its address stays reachable, batch calls do not know it', async () => {
    const winner = await create({ email: 'a@b.example', firstname: 'Ada' })
    const loser = await create({ email: 'c@d.example', phone: '77' })
    const merged = await raw('POST', `${CONTACTS}/merge`, { primaryObjectId: winner.id, objectIdToMerge: loser.id })
    expect([merged.status, merged.json.id]).toEqual([200, winner.id])
    const read = await raw('GET', `${CONTACTS}/${loser.id}?properties=phone,hs_merged_object_ids,hs_additional_emails`)
    expect(read.json).toMatchObject({
      id: winner.id,
      properties: { phone: '77', hs_merged_object_ids: loser.id, hs_additional_emails: 'c@d.example' },
    })
    expect((await raw('POST', `${CONTACTS}/batch/read`, { inputs: [{ id: loser.id }], properties: [] })).json.results).toEqual([])
    expect((await raw('POST', `${CONTACTS}/batch/update`, { inputs: [{ id: loser.id, properties: {} }] })).status).toBe(404)
    expect((await raw('POST', CONTACTS, { properties: { email: 'c@d.example' } })).status).toBe(409)
    expect((await raw('GET', `${CONTACTS}?archived=true`)).json.results).toEqual([])
  })
})

describe('list', () => {
  it('goes through everything by numeric id, 100 a page at most', async () => {
    sandbox.seed({ people: 250 })
    const seen: string[] = []
    let path: string | null = `${CONTACTS}?limit=100`
    for (let calls = 0; path !== null && calls < 10; calls += 1) {
      const { json } = await raw('GET', path)
      for (const row of json.results as unknown as { id: string }[]) seen.push(row.id)
      path = json.paging ? `${CONTACTS}?limit=100&after=${json.paging.next?.after}` : null
    }
    expect(seen).toEqual(
      sandbox
        .state()
        .contacts?.map((row) => row.id)
        .toSorted((a, b) => Number(a) - Number(b)),
    )
    expect(seen[9]!.length).toBeLessThan(seen[10]!.length)
    expect((await raw('GET', `${CONTACTS}?limit=101`)).status).toBe(400)
  })

  it('keeps the order after a restore', async () => {
    const [a, b] = [await create({ email: 'a@b.example' }), await create({ email: 'c@d.example' })]
    await raw('DELETE', `${CONTACTS}/${a.id}`)
    await raw('POST', '/_sandbox/restore', { type: 'contacts', id: a.id })
    expect((await raw('GET', CONTACTS)).json.results).toMatchObject([{ id: a.id }, { id: b.id }])
  })
})

describe('around', () => {
  it('tells of its properties and its account', async () => {
    expect((await raw('GET', '/crm/v3/properties/contacts/throughline_id')).json).toMatchObject({ hasUniqueValue: true })
    await raw('POST', '/_sandbox/settings', { missingProperties: ['contacts.throughline_id'] })
    expect((await raw('GET', '/crm/v3/properties/contacts/throughline_id')).status).toBe(404)
    expect((await raw('GET', '/account-info/v3/details')).json.portalId).toBe(247187887)
  })

  it('answers 501 for what it does not stand in for', async () => {
    const answer = await raw('GET', '/crm/v4/imports')
    expect([answer.status, answer.text]).toEqual([501, '{"error":"The HubSpot sandbox does not know GET /crm/v4/imports"}'])
  })

  it('shows its whole state and forgets it', async () => {
    const { id } = await create({ email: 'a@b.example' })
    expect((await raw('POST', '/_sandbox/state')).json.contacts).toMatchObject([
      { id, properties: { email: 'a@b.example' }, archived: false },
    ])
    await raw('POST', '/_sandbox/reset')
    expect((await raw('POST', '/_sandbox/state')).json).toEqual({ contacts: [], companies: [], deals: [], tickets: [] })
  })
})

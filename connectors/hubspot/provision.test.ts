import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hubspot } from './index.ts'
import { CLIENT_SECRET, HUB_TOKEN, type HubspotSandbox, serveHubspot } from './sandbox/index.ts'
import { rawClient } from './sandbox/raw.ts'
import { creating, connectTo, FIELDS, live, nexts } from './testing.ts'

const HOOK = 'https://hub.example/hooks/hubspot-eu'
let sandbox: HubspotSandbox
const provisioner = (config: { token?: string; publicUrl?: string } = {}, hookUrl: string | null = HOOK, fields = FIELDS) =>
  hubspot.provision!(
    { token: HUB_TOKEN, clientSecret: CLIENT_SECRET, baseUrl: sandbox.url, ...config },
    { fetch: globalThis.fetch, now: () => Date.now(), fields, log: () => {} },
    { hookUrl },
  )
const plan = (...args: Parameters<typeof provisioner>) => provisioner(...args).plan(live())
const step = async (id: string) => (await plan()).find((one) => one.id === id)!

beforeAll(async () => {
  sandbox = await serveHubspot(0)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
  sandbox.faults.set([])
})

it('finds a complete account complete, for the mapped streams only, and changes nothing', async () => {
  const before = JSON.stringify(sandbox.state())
  const steps = await plan()
  expect(steps.map(({ id, state }) => [id, state])).toEqual([
    ['token', 'present'],
    ['scope.contacts.read', 'present'],
    ['scope.contacts.write', 'present'],
    ['property.contacts.throughline_id', 'present'],
    ['scope.companies.read', 'present'],
    ['scope.companies.write', 'present'],
    ['property.companies.throughline_id', 'present'],
    ['webhooks', 'manual'],
  ])
  expect(steps.some((one) => one.apply)).toBe(false)
  expect(JSON.stringify(sandbox.state())).toBe(before)
})

it('says no more than that about a token that is refused', async () => {
  expect(await plan({ token: 'wrong' })).toMatchObject([{ id: 'token', state: 'missing', detail: expect.stringContaining('`token`') }])
  expect(JSON.stringify(await plan())).not.toContain(HUB_TOKEN)
})

it('throws when nothing can be found out', async () => {
  sandbox.faults.set([{ kind: 'status', status: 503 }])
  await expect(plan()).rejects.toMatchObject({ next: 'retry' })
  sandbox.faults.set([{ kind: 'garbage' }])
  await expect(plan()).rejects.toMatchObject({ next: 'unauthorised' })
})

describe('scopes', () => {
  it('names each that is missing, exactly', async () => {
    sandbox.settings.deniedScopes = ['crm.objects.contacts.read', 'crm.objects.companies.write', 'crm.schemas.companies.read']
    const missing = (await plan()).filter(({ state }) => state === 'missing')
    expect(missing.map(({ id, detail }) => [id, /scope ([a-z.]+)\. /.exec(detail)?.[1]])).toEqual([
      ['scope.contacts.read', 'crm.objects.contacts.read'],
      ['scope.companies.write', 'crm.objects.companies.write'],
      ['property.companies.throughline_id', 'crm.schemas.companies.read'],
    ])
  })
})

describe('the unique property', () => {
  it('is made when it is missing, so that creating works; making it twice does no harm', async () => {
    sandbox.settings.missingProperties = ['contacts.throughline_id']
    expect(nexts(await connectTo(sandbox).write('contacts', [creating('r1', { email: 'a@b.example' })], live()))).toEqual(['reject'])
    const missing = await step('property.contacts.throughline_id')
    expect(missing.state).toBe('missing')
    await missing.apply!(live())
    await missing.apply!(live())
    expect(await step('property.contacts.throughline_id')).toMatchObject({ state: 'present' })
    const raw = rawClient(sandbox.url)
    expect((await raw('GET', '/crm/v3/properties/contacts/throughline_id')).json).toMatchObject({
      hasUniqueValue: true,
      type: 'string',
      fieldType: 'text',
      groupName: 'contactinformation',
    })
    const twice = [creating('r1', { email: 'a@b.example' }), creating('r1', { email: 'a@b.example' })]
    for (const one of twice) expect(nexts(await connectTo(sandbox).write('contacts', [one], live()))).toEqual(['done'])
    expect(sandbox.store.shelf('contacts').live.size).toBe(1)
  })

  it('cannot be made an eleventh: the ten are named', async () => {
    sandbox.settings.missingProperties = ['contacts.throughline_id']
    const raw = rawClient(sandbox.url)
    const define = (name: string) =>
      raw('POST', '/crm/v3/properties/contacts', {
        name,
        label: name,
        type: 'string',
        fieldType: 'text',
        groupName: 'contactinformation',
        hasUniqueValue: true,
      })
    const early = await step('property.contacts.throughline_id')
    for (let index = 1; index <= 10; index += 1) expect((await define(`erp_${index}`)).status).toBe(201)
    expect((await define('erp_11')).status).toBe(400)
    const full = await step('property.contacts.throughline_id')
    expect(full).toMatchObject({ state: 'manual', detail: expect.stringMatching(/10 unique.*erp_1, .*erp_10/) })
    expect(full.apply).toBeUndefined()
    await expect(early.apply!(live())).rejects.toMatchObject({
      next: 'reject',
      message: expect.stringContaining('throughline_id on contacts'),
    })
  })

  it('is not taken for good when its values need not be unique', async () => {
    sandbox.settings.missingProperties = ['companies.throughline_id']
    sandbox.settings.customProperties = {
      'companies.throughline_id': { label: 'x', type: 'string', fieldType: 'text', groupName: 'companyinformation', hasUniqueValue: false },
    }
    expect(await step('property.companies.throughline_id')).toMatchObject({ state: 'manual', detail: expect.stringContaining('unique') })
  })

  it('names the scope that making it needs', async () => {
    sandbox.settings.missingProperties = ['contacts.throughline_id']
    sandbox.settings.deniedScopes = ['crm.schemas.contacts.write']
    const { apply } = await step('property.contacts.throughline_id')
    await expect(apply!(live())).rejects.toMatchObject({
      next: 'unauthorised',
      message: expect.stringContaining('crm.schemas.contacts.write'),
    })
  })
})

describe('webhooks', () => {
  const file = async (...args: Parameters<typeof provisioner>) => {
    const { detail } = (await plan(...args)).at(-1)!
    return { detail, json: detail.includes('{') ? JSON.parse(detail.slice(detail.indexOf('{'))) : null }
  }

  it('tells which subscriptions to make and where they go', async () => {
    const { json } = await file()
    expect(json.config.settings.targetUrl).toBe(HOOK)
    const { crmObjects, hubEvents } = json.config.subscriptions
    expect(crmObjects).toContainEqual({ subscriptionType: 'object.merge', objectType: 'company', active: true })
    expect(crmObjects).toContainEqual({
      subscriptionType: 'object.propertyChange',
      objectType: 'contact',
      propertyName: 'email',
      active: true,
    })
    expect(hubEvents).toEqual([{ subscriptionType: 'contact.privacyDeletion', active: true }])
    expect(JSON.stringify(json)).not.toMatch(/deal|ticket|lastmodifieddate/)
  })

  it('names the URL that HubSpot will sign, and what is wrong with it', async () => {
    expect((await file({ publicUrl: 'https://public.example/in/' })).json.config.settings.targetUrl).toBe(
      'https://public.example/in/hooks/hubspot-eu',
    )
    expect((await file({}, 'http://127.0.0.1:4800/hooks/h')).detail).toContain('https only')
    expect((await file({}, null)).detail).toContain('no public URL')
  })
})

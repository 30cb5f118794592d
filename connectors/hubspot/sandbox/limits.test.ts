import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HubspotSandbox, HUB_TOKEN, serveHubspot } from './index.ts'
import { rawClient } from './raw.ts'

const CONTACTS = '/crm/v3/objects/contacts'
let sandbox: HubspotSandbox
let raw: ReturnType<typeof rawClient>

beforeAll(async () => {
  sandbox = await serveHubspot(0, {
    tokens: [
      { token: 'human-token', changeSource: 'CRM_UI', sourceId: 'userId:1' },
      { token: HUB_TOKEN, changeSource: 'INTEGRATION', sourceId: '1' },
      { token: 'poor-token', changeSource: 'INTEGRATION', sourceId: '2', scopes: ['crm.objects.contacts.read'] },
    ],
  })
  raw = rawClient(sandbox.url)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await raw('POST', '/_sandbox/reset')
  sandbox.faults.set([])
})

describe('auth', () => {
  it('answers 401 in the shape of the vendor without a token and with a wrong one', async () => {
    for (const token of [null, 'wrong']) {
      const { status, json } = await rawClient(sandbox.url, token)('GET', CONTACTS)
      expect([status, json.status, json.category]).toEqual([401, 'error', 'INVALID_AUTHENTICATION'])
    }
  })

  it('answers 403 and names the scope that is missing', async () => {
    const poor = rawClient(sandbox.url, 'poor-token')
    expect((await poor('GET', CONTACTS)).status).toBe(200)
    expect((await poor('POST', `${CONTACTS}/batch/read`, { inputs: [{ id: '1' }] })).status).toBe(207)
    const { status, json } = await poor('POST', `${CONTACTS}/batch/archive`, { inputs: [{ id: '1' }] })
    expect([status, json.category]).toEqual([403, 'MISSING_SCOPES'])
    expect(json.errors?.[0]?.context).toEqual({ requiredGranularScopes: ['crm.objects.contacts.write'] })
    expect((await poor('GET', '/crm/v3/objects/companies')).status).toBe(403)
  })
})

describe('rate limits', () => {
  it('counts ten rolling seconds for each token, tells in headers, then answers 429', async () => {
    sandbox.settings.tenSecondly = 3
    const left: (string | null)[] = []
    for (let call = 0; call < 3; call += 1) left.push((await raw('GET', CONTACTS)).headers.get('x-hubspot-ratelimit-remaining'))
    expect(left).toEqual(['2', '1', '0'])
    const refused = await raw('POST', CONTACTS, { properties: { email: 'a@b.example' } })
    expect([refused.status, refused.json.errorType, refused.json.policyName]).toEqual([429, 'RATE_LIMIT', 'TEN_SECONDLY_ROLLING'])
    expect(refused.headers.get('retry-after')).toBeNull()
    expect(sandbox.state().contacts).toEqual([])
    expect((await rawClient(sandbox.url, HUB_TOKEN)('GET', CONTACTS)).status).toBe(200)
    await raw('POST', '/_sandbox/clock', { shiftMs: 10_001 })
    expect((await raw('GET', CONTACTS)).status).toBe(200)
    await raw('POST', '/_sandbox/clock', { shiftMs: -10_001 })
  })

  it('gives Retry-After where switched on', async () => {
    Object.assign(sandbox.settings, { tenSecondly: 1, retryAfter: true })
    await raw('GET', CONTACTS)
    const { status, headers } = await raw('GET', CONTACTS)
    expect(status).toBe(429)
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(9)
  })

  it('limits searches by the second, without rate headers', async () => {
    sandbox.settings.searchPerSecond = 2
    const answers = [
      await raw('POST', `${CONTACTS}/search`, {}),
      await raw('POST', `${CONTACTS}/search`, {}),
      await raw('POST', `${CONTACTS}/search`, {}),
    ]
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 429])
    expect(answers[0]?.headers.get('x-hubspot-ratelimit-max')).toBeNull()
  })

  it('ends the day', async () => {
    sandbox.settings.daily = 1
    expect((await raw('GET', CONTACTS)).status).toBe(200)
    const { status, json } = await raw('GET', CONTACTS)
    expect([status, json.policyName]).toEqual([429, 'DAILY'])
  })
})

describe('faults and counters', () => {
  it.each([
    [429, 'errorType', 'RATE_LIMIT'],
    [423, 'category', 'LOCKED'],
    [477, 'category', 'MIGRATION_IN_PROGRESS'],
    [503, 'category', 'INTERNAL_ERROR'],
    [401, 'category', 'INVALID_AUTHENTICATION'],
  ])('plays status %i in the shape of the vendor', async (status, member, value) => {
    sandbox.faults.set([{ kind: 'status', status, times: 1 }])
    const answer = await raw('POST', CONTACTS, { properties: { email: 'a@b.example' } })
    expect([answer.status, answer.json[member]]).toEqual([status, value])
    expect(sandbox.state().contacts).toEqual([])
  })

  it('plays dropAfter and garbage on writes only where matched', async () => {
    sandbox.faults.set([{ kind: 'dropAfter', match: '^POST .*/contacts$', times: 1 }])
    await expect(raw('POST', CONTACTS, { properties: { email: 'a@b.example' } })).rejects.toThrow()
    expect((await raw('GET', CONTACTS)).json.results).toHaveProperty('length', 1)
    sandbox.faults.set([{ kind: 'garbage', times: 1 }])
    expect((await raw('GET', CONTACTS)).text).toMatch(/<html>/)
  })

  it('counts reads and writes apart', async () => {
    await raw('DELETE', '/_sandbox/calls')
    await raw('POST', `${CONTACTS}/search`, {})
    await raw('POST', `${CONTACTS}/batch/read`, { inputs: [{ id: '1' }] })
    await raw('GET', `${CONTACTS}/123`)
    await raw('POST', `${CONTACTS}/batch/archive`, { inputs: [{ id: '1' }] })
    await raw('PATCH', `${CONTACTS}/123`, { properties: {} })
    expect([sandbox.calls.reads, sandbox.calls.writes]).toEqual([3, 2])
    expect(sandbox.calls.byCall['GET /crm/v3/objects/contacts/:id']).toBe(1)
  })
})

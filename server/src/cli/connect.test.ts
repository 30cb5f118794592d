import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serveStrapi, type StrapiSandbox } from '@throughline/cms/sandbox'
import { serveHubspot, type HubspotSandbox } from '@throughline/hubspot/sandbox'
import { serveSalesforce } from '@throughline/salesforce/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { loadConfig } from '../config.ts'
import { writeEndpoint } from '../endpoint.ts'
import { library } from '../registry.ts'
import { startTestHub, TOKEN, until, type TestHub } from '../testing.ts'
import { run } from './program.ts'

let hubspot: HubspotSandbox
let salesforce: Awaited<ReturnType<typeof serveSalesforce>>
let strapi: StrapiSandbox
let folder: string
let file: string

beforeAll(async () => {
  ;[hubspot, salesforce, strapi] = await Promise.all([serveHubspot(0), serveSalesforce(0), serveStrapi(0)])
})
afterAll(() => Promise.all([hubspot.close(), salesforce.close(), strapi.close()]))
beforeEach(async () => {
  for (const { url } of [hubspot, salesforce]) await fetch(`${url}/_sandbox/reset`, { method: 'POST' })
  hubspot.faults.set([])
  folder = mkdtempSync(join(tmpdir(), 'throughline-connect-'))
  file = join(folder, 'throughline.yaml')
  write()
  vi.stubEnv('T_TOKEN', 'hub-token')
  vi.stubEnv('T_SECRET', 'hubspot-secret')
  vi.stubEnv('T_SALES', 'salesforce-secret')
  vi.stubEnv('T_CMS', 'strapi-token')
  vi.stubEnv('T_HUB', TOKEN)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

function write(publicUrl = ''): void {
  writeFileSync(
    file,
    `workspace: test
database: file:hub.db
listen: { host: 127.0.0.1, port: 0${publicUrl === '' ? '' : `, publicUrl: '${publicUrl}'`} }
token: env:T_HUB
egress: { allowPrivate: true }
# How we sell.
connections:
  hubspot:
    connector: hubspot
    config: { token: env:T_TOKEN, clientSecret: env:T_SECRET, baseUrl: '${hubspot.url}' }
    streams: [contacts, tickets]
  sales:
    connector: salesforce
    config: { instanceUrl: '${salesforce.url}', clientId: throughline, clientSecret: env:T_SALES }
    streams: [contacts, cases]
  cms:
    connector: strapi
    config: { url: '${strapi.url}', token: env:T_CMS, webhookToken: env:T_SECRET }
`,
  )
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function tl(...args: readonly string[]): Promise<Ran> {
  const said = { out: '', err: '' }
  const keep = (to: 'out' | 'err') => (part: string | Uint8Array) => {
    said[to] += String(part)
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(keep('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(keep('err')),
  ]
  try {
    await run(['node', 'throughline', 'connect', ...args, '--config', file])
    return { code: Number(process.exitCode ?? 0), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = 0
  }
}

interface Shown {
  readonly complete: boolean
  readonly steps: readonly { readonly id: string; readonly state: string; readonly detail: string; readonly canApply: boolean }[]
}
const json = async (...args: readonly string[]): Promise<Shown & { readonly code: number }> => {
  const { code, out } = await tl(...args, '--format', 'json')
  return { code, ...(JSON.parse(out) as Shown) }
}
const states = ({ steps }: Shown): Record<string, string> => Object.fromEntries(steps.map(({ id, state }) => [id, state]))

test('an org with everything: 0, and nothing is changed', async () => {
  const { code, out } = await tl('sales')
  expect([code, out]).toEqual([0, expect.stringContaining('✔ Nothing is missing.')])
  expect(salesforce.calls.writes).toBe(0)
})

test('HubSpot without the property: said, with 1, and nothing made; with --apply it is made, and only once', async () => {
  hubspot.settings.missingProperties = ['tickets.throughline_id']
  const looked = await json('hubspot')
  expect(looked).toMatchObject({ code: 1, complete: false })
  expect(states(looked)).toMatchObject({
    'property.tickets.throughline_id': 'missing',
    'property.contacts.throughline_id': 'present',
    webhooks: 'manual',
  })
  expect(Object.keys(states(looked)).some((id) => id.includes('deals'))).toBe(false)
  expect(hubspot.settings.missingProperties).toEqual(['tickets.throughline_id'])
  expect((await tl('hubspot')).out).toContain('npm run tl -- connect hubspot --apply')

  const made = await tl('hubspot', '--apply')
  expect(made.err).toContain('made: Unique property throughline_id on tickets')
  expect(states(await json('hubspot'))).toMatchObject({ 'property.tickets.throughline_id': 'present' })
  expect((await tl('hubspot', '--apply')).err).toBe('')
})

test('a scope that is missing is named, and what fails when it is made says why', async () => {
  hubspot.settings.missingProperties = ['contacts.throughline_id']
  hubspot.settings.deniedScopes = ['crm.objects.contacts.write', 'crm.schemas.contacts.write']
  const { code, out, err } = await tl('hubspot', '--apply')
  expect(code).toBe(1)
  expect(out).toContain('crm.objects.contacts.write')
  expect(err).toMatch(/^not made: Unique property throughline_id on contacts\. .*lacks the scope/)
})

test('Salesforce without the field: it is made, and then says who has to see it', async () => {
  await fetch(`${salesforce.url}/_sandbox/field`, {
    method: 'POST',
    body: JSON.stringify({ type: 'Case', name: 'Throughline_Id__c', state: 'absent' }),
  })
  expect(states(await json('sales'))).toMatchObject({ 'field.cases.throughline_id': 'missing' })
  const { code, out, err } = await tl('sales', '--apply')
  expect([code, err]).toEqual([1, expect.stringContaining('made: Field Throughline_Id__c on Case')])
  expect(out.split('sales\n').at(-1)).toMatch(/• Field Throughline_Id__c on Case {2}.*Read and Edit/)
})

test('no answer is 2 and says what to do; so are wrong credentials where nothing else can be known', async () => {
  hubspot.faults.set([{ kind: 'status', status: 503 }])
  const away = await tl('hubspot')
  expect([away.code, away.err]).toEqual([2, expect.stringMatching(/^✘ It could not be found out[\s\S]*next {3}Try again/)])
  hubspot.faults.set([])
  vi.stubEnv('T_TOKEN', 'wrong')
  const refused = await json('hubspot')
  expect([refused.code, states(refused)]).toEqual([1, { token: 'missing' }])
  expect(JSON.stringify(refused)).not.toContain('wrong')
  const unknown = await tl('hubspto')
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('Did you mean "hubspot"?')])
})

test('an address that is not called is named, with the setting that would let it be called', async () => {
  writeFileSync(file, readFileSync(file, 'utf8').replace('egress: { allowPrivate: true }\n', ''))
  const { code, err } = await tl('sales')
  expect([code, err]).toEqual([2, expect.stringMatching(/why {4}127\.0\.0\.1 leads to the private address.*egress\.allowPrivate/)])
})

test('a system that needs credentials only: they are tried, and the webhook to register is named', async () => {
  write('https://hub.test')
  const { steps, code } = await json('cms')
  expect(code).toBe(1)
  expect(steps.map(({ id, state }) => [id, state])).toEqual([
    ['credentials', 'present'],
    ['hook', 'missing'],
    ['webhooks', 'manual'],
  ])
  expect(steps.at(-1)!.detail).toContain('https://hub.test/hooks/cms')
})

test('with the hub running: its address is tried, and a webhook that has arrived is the proof', async () => {
  const hub: TestHub = await startTestHub(2)
  try {
    write(hub.url)
    writeEndpoint(join(folder, 'hub.db.endpoint.json'), { url: hub.url, token: TOKEN, pid: process.pid, environment: 'PROD' })
    const before = states(await json('hubspot'))
    expect([before['hook'], before['webhooks']]).toEqual(['present', 'manual'])
    const body = JSON.stringify([{ eventId: 5, subscriptionType: 'contact.propertyChange', objectId: 1, occurredAt: Date.now(), appId: 1 }])
    await until(async () => (await hub.hook(body)).status === 200)
    const after = await json('hubspot')
    expect([after.code, states(after)['webhooks']]).toEqual([0, 'present'])
  } finally {
    await hub.close()
  }
}, 30_000)

test('a new connection is drawn up from what its connector asks for, and written only when that was said', async () => {
  const before = readFileSync(file, 'utf8')
  const drawn = await tl('support', '--new', 'github')
  expect([drawn.code, readFileSync(file, 'utf8')]).toEqual([0, before])
  expect(drawn.out).toMatch(/^connections:\n {2}support:\n {4}connector: github\n[\s\S]*token: env:SUPPORT_TOKEN\n/)
  expect(drawn.out).toContain('webhookSecret: env:SUPPORT_WEBHOOK_SECRET')
  expect(drawn.out).toMatch(/# Optional\. .*\n {6}# hookId:/)

  const refused = await tl('support', '--new', 'github', '--apply')
  expect([refused.code, readFileSync(file, 'utf8')]).toEqual([2, before])
  const secret = await tl('support', '--new', 'github', '--apply', '--set', 'token=ghp_abc')
  expect([secret.code, secret.err]).toEqual([2, expect.stringContaining('--set token=env:SUPPORT_TOKEN')])

  const written = await tl('support', '--new', 'github', '--apply', '--set', 'repository=acme/support')
  expect([written.code, written.err]).toEqual([0, expect.stringContaining('npm run tl -- connect support')])
  expect(readFileSync(file, 'utf8')).toContain('# How we sell.')
  const { connections } = await loadConfig(file, library, process.env)
  expect(connections.map(({ name }) => name)).toEqual(['hubspot', 'sales', 'cms', 'support'])
  expect((await tl('support', '--new', 'github', '--apply', '--set', 'repository=a/b')).err).toContain('already')
  expect((await tl('--new', 'gitub')).err).toContain('Did you mean "github"?')
})

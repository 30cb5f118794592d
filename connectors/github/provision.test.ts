import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ProvisionStep } from '@throughline/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type GithubConfig, github } from './index.ts'
import {
  answerProblem,
  bodyProblem,
  callOf,
  type GithubSandbox,
  HUB_TOKEN,
  READER_TOKEN,
  REPOSITORY,
  serveGithub,
} from './sandbox/index.ts'
import { rawClient, REPO } from './sandbox/raw.ts'
import { connectTo, live } from './testing.ts'

const SECRET = 'a-secret-of-our-own'
let sandbox: GithubSandbox
let hub: Server
let hookUrl: string
let refusing = false
const events: string[] = []
const problems: string[] = []
const calls = new Set<string>()

/** The connector as the hub, behind an address. */
beforeAll(async () => {
  hub = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      events.push(headers['x-github-event'] ?? '')
      const raw = { method: 'POST', url: hookUrl, headers, body: Buffer.concat(parts), receivedAt: Date.now() }
      const taken = connectTo(sandbox, { webhookSecret: SECRET }).accept(raw)
      void taken.then(
        () => response.writeHead(refusing ? 502 : 200).end(),
        () => response.writeHead(401).end(),
      )
    })
  })
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  hookUrl = `http://127.0.0.1:${(hub.address() as AddressInfo).port}/hooks/github`
  // What the sandbox lets a token lack is 403, as for a fine-grained one.
  const user = { id: 1, login: 'ana', type: 'User' } as const
  const fine = { user, push: true }
  sandbox = await serveGithub(0, {
    tokens: [
      { token: HUB_TOKEN, ...fine },
      { token: READER_TOKEN, user, push: false },
      { token: 'blind', ...fine, lacks: ['repository_hooks=read', 'repository_hooks=write'] },
      { token: 'looks', ...fine, lacks: ['repository_hooks=write'] },
    ],
  })
})
afterAll(async () => {
  await sandbox.close()
  hub.close()
})
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
  sandbox.faults.set([])
  refusing = false
  events.length = 0
})

/** Every call is judged by the published description on its way. */
const judged: typeof globalThis.fetch = async (input, init) => {
  const { pathname } = new URL(String(input))
  const call = callOf(init?.method ?? 'GET', pathname) ?? 'unpublished'
  if (typeof init?.body === 'string') problems.push(bodyProblem(call, JSON.parse(init.body)) ?? '')
  const answer = await fetch(input, init)
  const text = await answer.clone().text()
  if (/^[[{]|^$/.test(text)) problems.push(answerProblem(call, answer.status, text === '' ? null : JSON.parse(text)) ?? '')
  calls.add(`${call} ${answer.status}`)
  return answer
}
const plan = (config: Partial<GithubConfig> = {}, to: string | null = hookUrl) =>
  github.provision!(
    { repository: REPOSITORY, token: HUB_TOKEN, webhookSecret: SECRET, baseUrl: sandbox.url, ...config },
    { fetch: judged, now: () => Date.now(), fields: {}, log: () => {} },
    { hookUrl: to },
  ).plan(live())
const find = (steps: readonly ProvisionStep[], id: string): ProvisionStep => steps.find((one) => one.id === id)!
const states = (steps: readonly ProvisionStep[]): Record<string, string> => Object.fromEntries(steps.map(({ id, state }) => [id, state]))
const hooksNow = async () => (await rawClient(sandbox.url, HUB_TOKEN)('GET', `${REPO}/hooks`)).json as unknown as { id: number }[]
const hook = (change: object = {}, type = 'json', url = hookUrl) =>
  rawClient(sandbox.url, HUB_TOKEN)('POST', `${REPO}/hooks`, {
    events: ['issues'],
    config: { url, content_type: type, secret: SECRET },
    ...change,
  })
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300 && !(await what()); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(await what()).toBe(true)
}
const pinged = () => until(async () => find(await plan(), 'webhooks.ping').state === 'present')

it('makes the webhook and pings it, once each; then the account is complete and nothing is changed by looking', async () => {
  const first = await plan()
  expect(states(first)).toEqual({
    token: 'present',
    repository: 'present',
    issues: 'present',
    'permission.issues': 'present',
    'permission.push': 'present',
    'permission.webhooks': 'present',
    webhooks: 'missing',
    'webhooks.ping': 'missing',
  })
  expect(first.filter((one) => one.apply).map(({ id }) => id)).toEqual(['webhooks'])
  await find(first, 'webhooks').apply!(live())
  await find(first, 'webhooks').apply!(live())
  const made = await hooksNow()
  expect(made).toMatchObject([{ active: true, events: ['issues'], config: { url: hookUrl, content_type: 'json' } }])
  await pinged()
  const complete = await plan()
  expect(complete.every(({ state }) => state === 'present')).toBe(true)
  expect(complete.some((one) => one.apply)).toBe(false)
  expect(find(complete, 'webhooks').detail).toContain(`hookId: "${made[0]!.id}"`)
  expect(find(await plan({ hookId: String(made[0]!.id) }), 'webhooks').detail).not.toContain('hookId')
  expect(await hooksNow()).toHaveLength(1)
  expect(events).toEqual(['ping'])
  await rawClient(sandbox.url, HUB_TOKEN)('POST', `${REPO}/issues`, { title: 'a' })
  await until(() => events.includes('issues'))
  expect(JSON.stringify([first, complete])).not.toContain(SECRET)
})

describe('the test event', () => {
  it('says what the hub answered, and is sent again', async () => {
    refusing = true
    await hook()
    await until(() => events.length === 1)
    await until(async () => find(await plan(), 'webhooks.ping').detail.includes('502'))
    const failed = find(await plan(), 'webhooks.ping')
    expect(failed).toMatchObject({ state: 'missing', detail: expect.stringContaining('502') })
    refusing = false
    await failed.apply!(live())
    await pinged()
    expect(events).toEqual(['ping', 'ping'])
  })

  it('tells a wrong secret', async () => {
    await hook({ config: { url: hookUrl, content_type: 'json', secret: 'another' } })
    await until(async () => find(await plan(), 'webhooks.ping').detail.includes('`webhookSecret`'))
    expect(find(await plan(), 'webhooks.ping').state).toBe('missing')
  })
})

describe('a webhook that is there', () => {
  it.each([
    ['inactive', { active: false }, 'json', 'tick Active'],
    ['for other events', { events: ['push'] }, 'json', 'event Issues'],
    ['sending forms', {}, 'form', 'application/json'],
  ])('is no use when it is %s: a person is told what to change', async (_, change, type, said) => {
    await hook(change, type)
    const steps = await plan()
    expect(find(steps, 'webhooks')).toMatchObject({ state: 'manual', detail: expect.stringMatching(/settings\/hooks\/\d+: /) })
    expect(find(steps, 'webhooks').detail.split('/settings/hooks/')[1]).toContain(said)
    expect(find(steps, 'webhooks').detail).not.toContain(';')
    expect(find(steps, 'webhooks.ping').apply).toBeUndefined()
  })

  it('is no use when it leads elsewhere', async () => {
    await hook({}, 'json', `${hookUrl}-other`)
    expect(find(await plan(), 'webhooks')).toMatchObject({ state: 'missing', apply: expect.any(Function) })
  })

  it('may send everything', async () => {
    await hook({ events: ['*'] })
    expect(find(await plan(), 'webhooks').state).toBe('present')
  })
})

describe('permissions', () => {
  it('names what webhooks need where GitHub hides them (404), and how to do without', async () => {
    sandbox.settings.hookAdmin = false
    const steps = await plan()
    expect(find(steps, 'permission.webhooks')).toMatchObject({ state: 'missing', detail: expect.stringContaining('admin:repo_hook') })
    expect(find(steps, 'permission.webhooks').detail).toContain('repository_hooks=write')
    expect(find(steps, 'webhooks')).toMatchObject({ state: 'missing', detail: expect.stringContaining(hookUrl) })
    expect(steps.some((one) => one.apply)).toBe(false)
  })

  it('names it where GitHub forbids, looking or making', async () => {
    expect(states(await plan({ token: 'blind' }))['permission.webhooks']).toBe('missing')
    const looks = find(await plan({ token: 'looks' }), 'webhooks')
    const said = { next: 'unauthorised', message: expect.stringContaining('repository_hooks=write') }
    await expect(looks.apply!(live())).rejects.toMatchObject(said)
    await hook({ events: ['issues'] }, 'json')
    refusing = true
    await rawClient(sandbox.url, HUB_TOKEN)('POST', `${REPO}/hooks/${(await hooksNow())[0]!.id}/pings`)
    await until(async () => find(await plan({ token: 'looks' }), 'webhooks.ping').detail.includes('502'))
    await expect(find(await plan({ token: 'looks' }), 'webhooks.ping').apply!(live())).rejects.toMatchObject(said)
  })

  it('names push access', async () => {
    expect(find(await plan({ token: READER_TOKEN }), 'permission.push')).toMatchObject({
      state: 'missing',
      detail: expect.stringContaining('push'),
    })
  })
})

describe('before that', () => {
  it('a token that is refused, a repository that is not seen or has moved: nothing more is said', async () => {
    expect(states(await plan({ token: 'wrong' }))).toEqual({ token: 'missing' })
    expect(states(await plan({ repository: 'acme/none' }))).toEqual({ token: 'present', repository: 'missing' })
    sandbox.settings.movedTo = 'acme/new'
    expect((await plan())[1]).toMatchObject({ state: 'missing', detail: expect.stringContaining('moved') })
  })

  it('an archived repository, and one without issues', async () => {
    Object.assign(sandbox.settings, { archived: true, hasIssues: false })
    const steps = states(await plan())
    expect(steps).toMatchObject({ repository: 'missing', issues: 'missing', 'permission.issues': 'missing', webhooks: 'missing' })
  })

  it('a hub without an address', async () => {
    expect((await plan({}, null)).at(-1)).toMatchObject({ id: 'webhooks', state: 'manual', detail: expect.stringContaining('public URL') })
  })

  it('throws when nothing can be found out', async () => {
    sandbox.faults.set([{ kind: 'status', status: 503 }])
    await expect(plan()).rejects.toMatchObject({ next: 'retry' })
    sandbox.faults.set([{ kind: 'garbage' }])
    await expect(plan()).rejects.toMatchObject({ next: 'unauthorised' })
  })
})

it('all that went over the wire is valid against the published description', () => {
  expect(problems.filter((problem) => problem !== '')).toEqual([])
  const hooks = `/repos/{owner}/{repo}/hooks`
  const expected = [`GET ${hooks} 200`, `GET ${hooks} 404`, `POST ${hooks} 201`, `POST ${hooks}/{hook_id}/pings 204`]
  expect([...calls]).toEqual(expect.arrayContaining(expected))
})

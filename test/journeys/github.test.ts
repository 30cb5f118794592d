import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadRegistry, parseMapping } from '@throughline/contracts'
import { createHub, createIds, createStore, type Hub, migrate, openMemory, type Store, systemClock } from '@throughline/core'
import { github } from '@throughline/github'
import { type GithubSandbox, HUB_TOKEN, HUMAN_TOKEN, serveGithub, WEBHOOK_SECRET } from '@throughline/github/sandbox'
import type { Connector } from '@throughline/sdk'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHttp } from '../conformance/subjects/http.ts'

/** Two repositories with one hub between them: the support desk's and the engineers'. */
const LEFT = 'acme/support'
const RIGHT = 'acme/product'
/** The vendor's fifteen seconds, for a sandbox that shows at once what it has. */
const VISIBLE_MS = 400

const issues = github.streams.issues!
const quick = { ...github, streams: { issues: { ...issues, can: { ...issues.can, visibilityMs: VISIBLE_MS } } } }
const mapping = parseMapping(readFileSync(github.mappings.issues!, 'utf8'), fileURLToPath(github.mappings.issues!))
const registry = loadRegistry()

let left: GithubSandbox
let right: GithubSandbox
let store: Store
let hub: Hub
let close: () => Promise<void>
let said: string[]

beforeEach(async () => {
  left = await serveGithub(0, { repository: LEFT })
  right = await serveGithub(0, { repository: RIGHT })
  const db = openMemory()
  await migrate(db)
  const ids = createIds(systemClock)
  store = createStore(db, { ids, clock: systemClock })
  said = []
  const setup = (name: string, sandbox: GithubSandbox) => ({
    name,
    connector: quick as Connector,
    config: { repository: sandbox.repository, token: HUB_TOKEN, webhookSecret: WEBHOOK_SECRET, baseUrl: sandbox.url },
    mappings: [mapping],
    limits: { calls: 1_000, per: 1_000 },
    pollMs: 100,
    fetch,
  })
  hub = createHub({
    store,
    clock: systemClock,
    ids,
    node: 'one',
    registry,
    connections: [setup('support', left), setup('product', right)],
    systems: ['support', 'product'],
    exclusive: true,
    tuning: { paceMs: 20 },
    log: (message, details) => said.push(`${message} ${JSON.stringify(details)}`),
  })
  close = async () => {
    await hub.stop()
    await store.close()
    await db.close()
    await Promise.all([left.close(), right.close()])
  }
})
afterEach(() => close())

const human = (sandbox: GithubSandbox) =>
  createHttp(`${sandbox.url}/repos/${sandbox.repository}`, { authorization: `token ${HUMAN_TOKEN}` })
const posts = (sandbox: GithubSandbox) =>
  Object.entries(sandbox.calls.byCall).reduce((sum, [call, count]) => sum + (/^POST .*\/issues$/.test(call) ? count : 0), 0)
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const doneCreates = () => store.all("SELECT id FROM deliveries WHERE operation = 'create' AND state = 'done'")

async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`never came: ${what.toString()}\n${said.join('\n')}`)
    await pause(20)
  }
}

test('a create whose answer was lost is looked up and adopted: one issue, not two', async () => {
  await hub.start()
  right.faults.set([{ kind: 'dropAfter', match: '^POST .*/issues$', times: 1 }])
  await human(left)('POST', '/issues', { title: 'Help', body: 'Please' })
  await until(async () => (await doneCreates()).length === 1)
  expect(right.state().map(({ title }) => title)).toEqual(['Help'])
  expect(posts(right)).toBe(1)
  // It is linked, not merely there: what changes next reaches the same issue.
  await human(left)('PATCH', '/issues/1', { title: 'Help!' })
  await until(() => right.state()[0]?.title === 'Help!')
  await pause(500)
  expect([left.state().length, right.state().length, posts(right)]).toEqual([1, 1, 1])
})

test('a create that never arrived is looked up, not found and sent again: one issue, not none', async () => {
  await hub.start()
  right.faults.set([{ kind: 'dropBefore', match: '^POST .*/issues$', times: 1 }])
  await human(left)('POST', '/issues', { title: 'Help' })
  await until(async () => (await doneCreates()).length === 1)
  await pause(300)
  expect(right.state().map(({ title }) => title)).toEqual(['Help'])
})

test('an issue goes there and back with its status and priority, other labels stay, and then it is quiet', async () => {
  await hub.start()
  await human(left)('POST', '/issues', { title: 'Help', body: 'Please', labels: ['priority:high', 'customer'] })
  await until(() => right.state().length === 1)
  expect(right.state()[0]).toMatchObject({ title: 'Help', state: 'open', labels: ['priority:high'] })
  await human(right)('POST', '/issues/1/labels', { labels: ['bug'] })
  await human(right)('PATCH', '/issues/1', { title: 'Help wanted', state: 'closed' })
  await until(() => left.state()[0]?.state === 'closed')
  expect(left.state()[0]).toMatchObject({ title: 'Help wanted', labels: ['priority:high', 'customer'] })
  expect(left.state()[0]?.body).toBe('Please')
  await pause(600)
  const writes = left.calls.writes + right.calls.writes
  await pause(1_000)
  expect(left.calls.writes + right.calls.writes).toBe(writes)
  await human(left)('PATCH', '/issues/1', { state: 'open' })
  await until(() => right.state()[0]?.state === 'open')
  expect(right.state()[0]?.labels).toEqual(['priority:high', 'bug'])
})

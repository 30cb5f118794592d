import { request } from 'node:http'
import { StoreFull } from '@throughline/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from './app.ts'
import { hooks } from './hooks.ts'
import { answerProblem, problemOf } from './problem.ts'
import { library } from './registry.ts'
import { webhookLimits } from './setups.ts'
import { contactChanged, startTestHub, TOKEN, type TestHub } from './testing.ts'

let hub: TestHub
beforeAll(async () => {
  hub = await startTestHub()
})
afterAll(() => hub.close())

const signals = async (): Promise<number> =>
  (await hub.running.store.all<{ n: number }>("SELECT count(*) AS n FROM events WHERE type LIKE 'signal.%'"))[0]!.n

async function refused(answer: Response, status: number, code: string): Promise<void> {
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.json()).toMatchObject({ status, type: `urn:throughline:problem:${code}` })
}

test('a signed webhook is answered when it is in the log; sent again, it is answered and stored once', async () => {
  const before = await signals()
  const body = contactChanged('4001')
  const answer = await hub.hook(body)
  expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
  expect(await signals()).toBe(before + 1)
  expect((await hub.hook(body)).status).toBe(200)
  expect(await signals()).toBe(before + 1)
})

test('unsigned, wrongly signed, truncated or six minutes old: 401, and nothing is stored', async () => {
  const before = await signals()
  await refused(await hub.fetch('/hooks/hubspot', { method: 'POST', body: contactChanged('4002') }), 401, 'unsigned')
  await refused(await hub.hook(contactChanged('4002'), { secret: 'another' }), 401, 'unsigned')
  await refused(await hub.hook(contactChanged('4002'), { headers: { 'x-hubspot-signature-v3': 'AAAA' } }), 401, 'unsigned')
  await refused(await hub.hook(contactChanged('4002'), { age: 360_000 }), 401, 'stale')
  await refused(await hub.hook(contactChanged('4002'), { age: -360_000 }), 401, 'stale')
  expect(await signals()).toBe(before)
})

test('what is signed but no webhook is 400; an unknown connection, or one without webhooks, is 404', async () => {
  await refused(await hub.hook('{'), 400, 'malformed')
  await refused(await hub.fetch('/hooks/nobody', { method: 'POST', body: '[]' }), 404, 'unknown-connection')
  await refused(await hub.fetch('/hooks/salesforce', { method: 'POST', body: '[]' }), 404, 'unknown-connection')
  await refused(await hub.fetch('/hooks/hubspot'), 405, 'method')
})

test('one bad item among good ones does not keep them out', async () => {
  const before = await signals()
  const good = JSON.parse(contactChanged('4003')) as object[]
  expect((await hub.hook(JSON.stringify([...good, { nonsense: true }]))).status).toBe(200)
  expect(await signals()).toBe(before + 2)
})

test('a compressed body is 415 and one over 1 MiB is 413, before it is read', async () => {
  await refused(await hub.hook(contactChanged('4004'), { headers: { 'content-encoding': 'gzip' } }), 415, 'content-encoding')
  await refused(await hub.hook(' '.repeat(1_048_577)), 413, 'too-large')
})

test('a body that never says its length is cut off at 1 MiB', async () => {
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sending = request(`${hub.url}/hooks/hubspot`, { method: 'POST' }, (answer) => {
      resolve(answer.statusCode)
      sending.destroy()
    })
    sending.on('error', reject)
    const part = Buffer.alloc(65_536, 0x20)
    for (let i = 0; i < 20; i++) sending.write(part)
  })
  expect(status).toBe(413)
})

test('a connector may take more than 1 MiB: each connection has its own limit, to the byte', async () => {
  const connectors = await library.load(['github', 'hubspot'])
  const names = [
    { name: 'issues', connector: connectors.get('github')! },
    { name: 'crm', connector: connectors.get('hubspot')! },
  ]
  const { app } = createApp({
    hub: hub.running.hub,
    watch: hub.running.watch,
    token: TOKEN,
    publicUrl: 'http://hub.test',
    listensOnLoopback: true,
    environment: 'PROD',
    workspace: 'test',
    webhookLimit: webhookLimits(names),
    now: Date.now,
    failed: () => undefined,
  })
  const post = async (connection: string, bytes: number): Promise<Response> =>
    app.request(`/hooks/${connection}`, { method: 'POST', body: new Uint8Array(bytes) })
  // The hub behind has no connections of these names: who gets as far as being unknown was not too large.
  await refused(await post('issues', 26_214_400), 404, 'unknown-connection')
  await refused(await post('issues', 26_214_401), 413, 'too-large')
  await refused(await post('crm', 1_048_576), 404, 'unknown-connection')
  await refused(await post('crm', 1_048_577), 413, 'too-large')
  await refused(await post('nobody', 1_048_577), 413, 'too-large')
})

test('a full database is 503 with Retry-After, never a refusal', async () => {
  const app = hooks({
    hub: { accept: () => Promise.reject(new StoreFull('full')) },
    publicUrl: 'http://hub.test',
    limit: () => 1_000,
    now: Date.now,
  })
  app.onError((error, c) => answerProblem(c, problemOf(error)))
  const answer = await app.request('/hubspot', { method: 'POST', body: '[]' })
  expect(answer.headers.get('retry-after')).toBe('60')
  await refused(answer, 503, 'store-full')
})

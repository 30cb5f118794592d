import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RawRequest } from '@throughline/sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectTo, creating, live, updating } from '../testing.ts'
import { type GithubSandbox, HOOK_ID, serveGithub } from './index.ts'
import { rawClient, REPO } from './raw.ts'

let sandbox: GithubSandbox
let hub: Server
let status = 202
const got: RawRequest[] = []

beforeAll(async () => {
  hub = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      got.push({ method: 'POST', url: 'http://hub.test/hooks/github', headers, body: Buffer.concat(parts), receivedAt: Date.now() })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  sandbox = await serveGithub(0, { webhooks: { target: `http://127.0.0.1:${(hub.address() as AddressInfo).port}/hooks/github` } })
})
afterAll(async () => {
  await sandbox.close()
  hub.close()
})

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(what()).toBe(true)
}

it('tells of each change by a signed event, which the connector takes', async () => {
  const connection = connectTo(sandbox)
  await connection.write('issues', [creating({ title: 'a', priority: 'high' })], live())
  await connection.write('issues', [updating(1, { title: 'b', status: 'closed', priority: 'low' })], live())
  await rawClient(sandbox.url)('POST', `${REPO}/issues/1/comments`, { body: 'Done?' })
  await until(() => got.length === 7)
  const actions = got.map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { action: string }).action)
  expect(actions).toEqual(['opened', 'labeled', 'labeled', 'unlabeled', 'edited', 'closed', 'created'])
  const signals = (await Promise.all(got.map((request) => connection.accept(request)))).flat()
  expect(signals.map(({ type }) => type)).toEqual(['created', 'changed', 'changed', 'changed', 'changed', 'changed'])
  expect(new Set(signals.map(({ id }) => id)).size).toBe(6)
  expect(signals[0]?.record?.body).toMatchObject({ title: 'a', number: 1 })
})

it('lists deliveries, and sends one again under its GUID only when asked to', async () => {
  const human = rawClient(sandbox.url)
  status = 500
  const before = got.length
  await human('PATCH', `${REPO}/issues/1`, { title: 'c' })
  await until(() => got.length === before + 1)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(got).toHaveLength(before + 1)
  const { json } = await human('GET', `${REPO}/hooks/${HOOK_ID}/deliveries`)
  expect(json[0]).toMatchObject({
    status: 'Invalid HTTP Response: 500',
    status_code: 500,
    redelivery: false,
    event: 'issues',
    action: 'edited',
  })
  status = 202
  expect((await human('POST', `${REPO}/hooks/${HOOK_ID}/deliveries/${String(json[0]?.id)}/attempts`)).status).toBe(202)
  await until(() => got.length === before + 2)
  expect(got.at(-1)?.headers['x-github-delivery']).toBe(got.at(-2)?.headers['x-github-delivery'])
  expect(got.at(-1)?.body).toEqual(got.at(-2)?.body)
  await until(() => sandbox.webhooks.attempts()[0]?.redelivery === true)
  expect(sandbox.webhooks.attempts()[0]?.status).toBe('OK')
  expect((await human('POST', `${REPO}/hooks/${HOOK_ID}/deliveries/1/attempts`)).status).toBe(404)
})

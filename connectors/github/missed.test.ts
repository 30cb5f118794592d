import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type GithubSandbox, HOOK_ID, humanUser, serveGithub } from './sandbox/index.ts'
import { connectTo, gather, live } from './testing.ts'

let sandbox: GithubSandbox
let hub: Server
let isDown: boolean
let got: { guid: string; action: string }[]

beforeEach(async () => {
  isDown = true
  got = []
  hub = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { action } = JSON.parse(Buffer.concat(parts).toString()) as { action: string }
      if (!isDown) got.push({ guid: String(request.headers['x-github-delivery']), action })
      response.writeHead(isDown ? 503 : 202).end()
    })
  })
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  sandbox = await serveGithub(0, { webhooks: { target: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` } })
})
afterEach(async () => {
  await sandbox.close()
  hub.close()
})

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(what()).toBe(true)
}

it('asks once for each delivery that failed, and for none that arrived', async () => {
  sandbox.plant([{ title: 'a' }, { title: 'b' }])
  sandbox.store.remove(1, humanUser)
  await until(() => sandbox.webhooks.attempts().length === 1)
  isDown = false
  sandbox.store.remove(2, humanUser)
  await until(() => got.length === 1)
  let time = Date.now()
  const connection = connectTo(sandbox, { hookId: String(HOOK_ID) }, { now: () => time })
  await gather(connection.pull('issues', null, live()))
  await until(() => got.length === 2)
  const guids = sandbox.webhooks.attempts().map(({ guid }) => guid)
  expect(new Set(got.map(({ guid }) => guid))).toEqual(new Set(guids))
  for (let n = 0; n < 2; n++) {
    time += 600_000
    await gather(connection.pull('issues', null, live()))
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(got).toHaveLength(2)
})

it('gives up after some attempts, and looks every five minutes only', async () => {
  sandbox.plant([{ title: 'a' }])
  sandbox.store.remove(1, humanUser)
  await until(() => sandbox.webhooks.attempts().length === 1)
  let time = Date.now()
  const connection = connectTo(sandbox, { hookId: String(HOOK_ID) }, { now: () => time })
  for (let n = 0; n < 8; n++) {
    const before = sandbox.webhooks.attempts().length
    await gather(connection.pull('issues', null, live()))
    await gather(connection.pull('issues', null, live()))
    await until(() => sandbox.webhooks.attempts().length === Math.min(before + 1, 5))
    time += 300_000
  }
})

it('leaves the poll alone when the list cannot be read', async () => {
  sandbox.plant([{ title: 'a' }])
  sandbox.faults.set([{ kind: 'status', status: 403, match: '/hooks/' }])
  const lines: string[] = []
  const connection = connectTo(sandbox, { hookId: String(HOOK_ID) }, { log: (line) => void lines.push(line) })
  expect((await gather(connection.pull('issues', null, live()))).records).toHaveLength(1)
  expect(lines).toEqual(['Webhook deliveries could not be listed'])
})

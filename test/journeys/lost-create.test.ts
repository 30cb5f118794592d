import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveGithub } from '@throughline/github/sandbox'
import { serveHubspot } from '@throughline/hubspot/sandbox'
import { afterEach, expect, test } from 'vitest'
import { pause, until } from './demo.ts'

const MAIN = fileURLToPath(new URL('../../server/src/cli/main.ts', import.meta.url))
const START_MS = 30_000
/** The park of a create in doubt: the call's own time-out, and fifteen seconds in which GitHub may still show it. */
const SETTLED_MS = 90_000

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('the hub is killed while GitHub has made the issue and not answered: after it is back there is one issue, not two', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-lost-'))
  const [github, hubspot] = await Promise.all([serveGithub(0), serveHubspot(0)])
  ends.push(
    () => rmSync(folder, { recursive: true, force: true }),
    () => Promise.all([github.close(), hubspot.close()]),
  )
  writeFileSync(
    join(folder, 'throughline.yaml'),
    `workspace: test
database: file:hub.db
listen: { host: 127.0.0.1, port: 0 }
token: env:T_HUB
egress: { allowPrivate: true }
connections:
  hubspot:
    connector: hubspot
    config: { token: env:T_TOKEN, clientSecret: env:T_SECRET, baseUrl: '${hubspot.url}' }
    streams: [tickets]
    poll: 0.3
  github:
    connector: github
    config: { repository: acme/support, token: env:T_TOKEN, webhookSecret: env:T_SECRET, baseUrl: '${github.url}' }
    poll: 3600
    limits: { calls: 600, per: 60000 }
`,
  )
  const env = { ...process.env, T_HUB: 'a-long-hub-token-1234', T_TOKEN: 'hub-token', T_SECRET: 'secret', NO_COLOR: '1' }
  const endpoint = join(folder, 'hub.db.endpoint.json')
  const start = async (): Promise<ChildProcess> => {
    rmSync(endpoint, { force: true })
    const child = spawn(process.execPath, [MAIN, 'start'], { cwd: folder, env, stdio: 'ignore' })
    ends.push(() => child.kill('SIGKILL'))
    await until(
      () => existsSync(endpoint),
      START_MS,
      () => 'the hub does not start',
      child,
    )
    return child
  }
  const ask = async <T>(path: string): Promise<T> => {
    const { url, token } = JSON.parse(readFileSync(endpoint, 'utf8')) as { url: string; token: string }
    return (await (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).json()) as T
  }

  const first = await start()
  await fetch(`${github.url}/_sandbox/faults`, {
    method: 'PUT',
    body: JSON.stringify([{ kind: 'stallAfter', match: '^POST .*/issues$', times: 1, ms: 120_000 }]),
  })
  const made = await fetch(`${hubspot.url}/crm/v3/objects/tickets`, {
    method: 'POST',
    headers: { authorization: 'Bearer human-token', 'content-type': 'application/json' },
    body: JSON.stringify({ properties: { subject: 'Only once', hs_pipeline_stage: '3', hs_pipeline: '0' } }),
  })
  const { id } = (await made.json()) as { id: string }
  await fetch(`${github.url}/_sandbox/stalled`)
  expect(github.state()).toHaveLength(1)
  first.kill('SIGKILL')
  await new Promise((resolve) => first.once('exit', resolve))

  await start()
  let link: { externalId: string | null } | undefined
  await until(
    async () => {
      const { items } = await ask<{ items: { id: string }[] }>(`/v1/records?connection=hubspot&externalId=${id}`)
      if (!items[0]) return false
      const { links } = await ask<{ links: { connection: string; externalId: string | null }[] }>(`/v1/records/${items[0].id}`)
      link = links.find(({ connection }) => connection === 'github')
      return typeof link?.externalId === 'string'
    },
    SETTLED_MS,
    () => `the create in doubt is not settled; GitHub holds ${github.state().length}`,
  )
  // Whoever sends it again does so at about this time.
  await pause(3_000)
  const issues = github.state()
  expect(issues.map(({ title }) => title)).toEqual(['Only once'])
  expect(link?.externalId).toBe(String(issues[0]!.number))

  // It is the very issue that edits go to.
  await fetch(`${hubspot.url}/crm/v3/objects/tickets/${id}`, {
    method: 'PATCH',
    headers: { authorization: 'Bearer human-token', 'content-type': 'application/json' },
    body: JSON.stringify({ properties: { subject: 'Still only once' } }),
  })
  await until(
    () => github.state()[0]!.title === 'Still only once',
    10_000,
    () => 'an edit does not reach the adopted issue',
  )
  expect(github.state()).toHaveLength(1)
}, 180_000)

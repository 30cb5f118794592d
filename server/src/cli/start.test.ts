import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serveHubspot } from '@throughline/hubspot/sandbox'
import { serveSalesforce } from '@throughline/salesforce/sandbox'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEndpoint } from '../endpoint.ts'
import { until } from '../testing.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const START_MS = 20_000

let folder: string
let children: ChildProcess[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughline-start-'))
  children = []
})
afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function run(args: readonly string[], env: Record<string, string>): { child: ChildProcess; said(): string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...process.env, NO_COLOR: '1', ...env } })
  children.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()))
  return { child, said: () => said, ended: new Promise((resolve) => child.once('exit', resolve)) }
}

test('start runs what the file describes, carries people over, logs no secret and nobody, and ends cleanly', async () => {
  const [hubspot, salesforce] = await Promise.all([serveHubspot(0), serveSalesforce(0)])
  try {
    hubspot.seed({ people: 10, seed: 3 })
    writeFileSync(
      join(folder, 'throughline.yaml'),
      `workspace: test
database: file:data/hub.db
listen: { host: 127.0.0.1, port: 0 }
token: env:T_HUB
egress: { allowPrivate: true }
connections:
  crm-eu:
    connector: hubspot
    config: { token: env:T_TOKEN, clientSecret: env:T_SECRET, baseUrl: '${hubspot.url}' }
    poll: 0.2
  sales:
    connector: salesforce
    config: { instanceUrl: '${salesforce.url}', clientId: throughline, clientSecret: env:T_SALES }
    poll: 0.2
    limits: { calls: 1000, per: 1000 }
`,
    )
    const secrets = { T_HUB: 'a-long-hub-token-1234', T_TOKEN: 'hub-token', T_SECRET: 'hubspot-secret', T_SALES: 'salesforce-secret' }
    const hub = run(['start'], secrets)
    const file = join(folder, 'data', 'hub.db.endpoint.json')
    await until(() => existsSync(file) && readEndpoint(file) !== null, START_MS)
    const { url, token, environment } = readEndpoint(file)!
    expect([token, environment]).toEqual([secrets.T_HUB, 'PROD'])
    const ask = async <T>(path: string): Promise<T> =>
      (await (await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })).json()) as T
    await until(
      async () =>
        /throughline_receipts_total 10$/m.test(
          await (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text(),
        ),
      START_MS,
    )
    const { items } = await ask<{ items: { name: string }[] }>('/v1/connections')
    expect(items.map((item) => item.name)).toEqual(['crm-eu', 'sales'])

    const second = run(['start'], { ...secrets, THROUGHLINE_PORT: '0' })
    expect(await second.ended).toBe(2)
    expect(second.said()).toContain('already open in another hub')

    hub.child.kill('SIGTERM')
    expect(await hub.ended).toBe(0)
    expect(existsSync(file)).toBe(false)
    const lines = hub.said().trim().split('\n')
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ name: 'throughline' })
    const emails = Object.values(hubspot.state())
      .flat()
      .flatMap((one) => ('properties' in one && one.properties['email'] ? [one.properties['email']] : []))
    expect(emails.length).toBeGreaterThan(5)
    for (const secret of [...Object.values(secrets), ...emails]) expect(hub.said()).not.toContain(secret)
  } finally {
    await Promise.all([hubspot.close(), salesforce.close()])
  }
}, 90_000)

test('a demo whose port is taken says so, names the way out, and starts nothing', async () => {
  const taken = createServer()
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
  )
  try {
    const demo = run(['demo'], { THROUGHLINE_PORT: String(port), THROUGHLINE_DEMO_DIR: join(folder, 'demo') })
    expect(await demo.ended).toBe(2)
    expect(demo.said()).toMatch(new RegExp(`^✘ Port ${port} is taken\\n {2}where .*\\n {2}why .*\\n {2}next .*THROUGHLINE_PORT=`))
  } finally {
    taken.close()
  }
}, 30_000)

test('a sandbox port that is taken ends the demo with one error, and the other sandbox with it', async () => {
  const taken = createServer()
  const port = await new Promise<number>((resolve) =>
    taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
  )
  try {
    const env = { THROUGHLINE_PORT: '0', THROUGHLINE_DEMO_PORTS: `0,${port}`, THROUGHLINE_DEMO_DIR: join(folder, 'demo') }
    const demo = run(['demo'], env)
    expect(await demo.ended).toBe(2)
    expect(demo.said()).toContain('The salesforce sandbox cannot start')
    expect(demo.said()).toContain('THROUGHLINE_DEMO_PORTS=')
  } finally {
    taken.close()
  }
}, 30_000)

import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeEndpoint } from '../endpoint.ts'
import { startTestHub, TOKEN, until, type TestHub } from '../testing.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))

let hub: TestHub
let endpoint: string
beforeAll(async () => {
  hub = await startTestHub(5)
  endpoint = join(hub.folder, 'hub.db.endpoint.json')
  writeEndpoint(endpoint, { url: hub.url, token: TOKEN, pid: process.pid, environment: 'DEMO', sandboxes: { hubspot: hub.hubspot.url } })
  await until(async () => (await hub.running.watch.figures()).receipts >= 5)
})
afterAll(() => hub.close())

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function tl(args: readonly string[], env: Record<string, string> = { THROUGHLINE_ENDPOINT: endpoint }): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env: { ...process.env, NO_COLOR: '1', ...env }, cwd: hub.folder }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    )
  })
}

test('the endpoint file is for its user only', () => {
  expect(statSync(endpoint).mode & 0o777).toBe(0o600)
})

test('status: 0 when all is well, 1 with findings, JSON on request', async () => {
  const fine = await tl(['status', '--format', 'json'])
  expect(fine.code).toBe(0)
  expect(JSON.parse(fine.out)).toMatchObject({
    isFine: true,
    connections: [{ name: 'hubspot', health: { ok: true } }, { name: 'salesforce' }],
  })
  const paused = await tl(['connections', 'pause', 'hubspot', '--reason', 'test'])
  expect([paused.code, paused.out]).toEqual([0, expect.stringContaining('resume hubspot')])
  const found = await tl(['status', '--no-check'])
  expect(found.code).toBe(1)
  expect(found.out).toContain('paused')
  expect((await tl(['connections', 'resume', 'hubspot'])).code).toBe(0)
})

test('a change is triggered in HubSpot and seen to arrive', async () => {
  const { code, out, err } = await tl(['trigger', 'lead.created'])
  expect([code, err]).toEqual([0, expect.stringContaining('HubSpot: created contact')])
  expect(out).toMatch(/Salesforce has it as 003\w{15}, \d+\.\d s later/)
})

test('deliveries are listed and dead ones sent again', async () => {
  const listed = await tl(['deliveries', 'list', '--state', 'done', '--limit', '2', '--format', 'json'])
  expect(JSON.parse(listed.out)).toHaveLength(2)
  expect((await tl(['deliveries', 'retry', '--all'])).out).toBe('0 of 0 go out again.\n')
  const nothing = await tl(['deliveries', 'retry'])
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('deliveries list --state dead')])
})

test('a stand-in is broken and healed, by name', async () => {
  expect((await tl(['demo', 'break', 'hubspot', '--fault', 'ratelimit'])).code).toBe(0)
  expect(hub.hubspot.faults.list()).toMatchObject([{ kind: 'status', status: 429 }])
  expect((await tl(['demo', 'heal', 'hubspot'])).code).toBe(0)
  expect(hub.hubspot.faults.list()).toEqual([])
  expect((await tl(['demo', 'break', 'hubspot', '--fault', 'duplicates'])).code).toBe(0)
  expect(hub.hubspot.webhooks.settings().duplicate).toBe(1)
  expect((await tl(['demo', 'break', 'hubspot', '--fault', 'expired-token'])).code).toBe(0)
  expect(hub.hubspot.faults.list()).toMatchObject([{ status: 401 }])
  expect((await tl(['demo', 'heal', 'hubspot'])).code).toBe(0)
  expect([hub.hubspot.faults.list(), hub.hubspot.webhooks.settings().duplicate]).toEqual([[], 0])
  const unknown = await tl(['demo', 'break', 'hubspto'])
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('Did you mean "hubspot"?')])
})

test('an error says what, where, why and the next command, on stderr, with exit code 2', async () => {
  const { code, out, err } = await tl(['status'], { THROUGHLINE_ENDPOINT: join(hub.folder, 'none.json') })
  expect([code, out]).toEqual([2, ''])
  expect(err).toMatch(/^✘ No hub is running here\n {2}where {2}.*none\.json\n {2}why .*\n {2}next .*npm start/)
  expect((await tl(['start'])).err).toContain('There is no configuration to start from')
  expect((await tl(['stauts'])).code).toBe(2)
})

test('init writes a configuration once, and doctor explains what it lacks', async () => {
  expect((await tl(['init'])).code).toBe(0)
  expect(await tl(['init'])).toMatchObject({ code: 2, err: expect.stringContaining('There is a configuration already') as string })
  const { code, out } = await tl(['doctor'])
  expect(code).toBe(1)
  expect(out).toContain('the environment variable HUBSPOT_TOKEN is not set')
})

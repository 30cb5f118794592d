import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@hubspot/api-client'
import { Connection } from 'jsforce'

const MAIN = fileURLToPath(new URL('../../server/src/cli/main.ts', import.meta.url))
const START_MS = 30_000

export interface Demo {
  readonly url: string
  readonly hubspot: Vendor
  readonly salesforce: Vendor
  readonly cms: Vendor
  readonly github: Vendor
  /** As somebody who works in HubSpot, with HubSpot's own SDK. */
  readonly inHubspot: Client
  /** As somebody who works in Salesforce, with jsforce. */
  readonly inSalesforce: Connection
  /** As somebody who works on GitHub: a call to the issues of the one repository. */
  onGithub<T>(method: string, path: string, body?: unknown): Promise<T>
  /** Ids of one record, by connection, once it is known by that of one of them. */
  idsOf(connection: string, externalId: string): Promise<Readonly<Record<string, string | null>> | null>
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  /** Deliveries to Salesforce that are not ended. */
  queue(): Promise<number>
  /** The command line, against this demo: its exit code and what it said. */
  tl(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }>
  /** What the process has printed. */
  printed(): string
  stop(): Promise<{ readonly code: number | null }>
  /** Ends it without a word. */
  kill(): void
}

export interface Vendor {
  readonly url: string
  /** Calls that write, since `forget`. */
  writes(): Promise<number>
  forget(): Promise<void>
  faults(faults: readonly object[]): Promise<void>
  admin<T>(verb: string, input?: unknown): Promise<T>
}

/** `throughline demo` as a process of its own, on free ports, with `people` in HubSpot; resolves when they are in step. */
export async function startDemo(people: number, args: readonly string[] = []): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-journey-'))
  const child = spawn(process.execPath, [MAIN, 'demo', '--people', String(people), ...args], {
    env: { ...process.env, THROUGHLINE_PORT: '0', THROUGHLINE_DEMO_PORTS: '0,0,0,0', THROUGHLINE_DEMO_DIR: folder, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stdout.on('data', (part: Buffer) => (printed += part.toString()))
  child.stderr.on('data', (part: Buffer) => (printed += part.toString()))
  try {
    await until(
      () => printed.includes('It keeps running'),
      START_MS,
      () => `the demo is not up: ${printed}`,
      child,
    )
    const endpoint = JSON.parse(readFileSync(join(folder, 'hub.db.endpoint.json'), 'utf8')) as {
      url: string
      token: string
      sandboxes: { hubspot: string; salesforce: string; cms: string; github: string }
    }
    const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const response = await fetch(endpoint.url + path, {
        method,
        headers: { authorization: `Bearer ${endpoint.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
      return (await response.json()) as T
    }
    const { hubspot, salesforce, cms, github } = endpoint.sandboxes
    return {
      url: endpoint.url,
      hubspot: vendor(hubspot),
      salesforce: vendor(salesforce),
      cms: vendor(cms),
      github: vendor(github),
      inHubspot: new Client({ accessToken: 'human-token', basePath: hubspot, numberOfApiCallRetries: 0 }),
      inSalesforce: await logIn(salesforce),
      onGithub: async <T>(method: string, path: string, body?: unknown) => {
        const headers = { authorization: 'Bearer human-token', 'content-type': 'application/json' }
        const response = await fetch(`${github}/repos/acme/support/issues${path}`, { method, headers, body: JSON.stringify(body) })
        if (!response.ok) throw new Error(`GitHub answered ${response.status}: ${await response.text()}`)
        return (await response.json()) as T
      },
      idsOf: async (connection, externalId) => {
        const { items } = await call<{ items: { id: string }[] }>('GET', `/v1/records?connection=${connection}&externalId=${externalId}`)
        if (!items[0]) return null
        const record = await call<{ links: { connection: string; externalId: string | null }[] }>('GET', `/v1/records/${items[0].id}`)
        return Object.fromEntries(record.links.map((link) => [link.connection, link.externalId]))
      },
      get: (path) => call('GET', path),
      post: (path, body) => call('POST', path, body),
      queue: async () => (await call<{ queue: { open: number } }>('GET', '/v1/connections/salesforce')).queue.open,
      tl: (...args) =>
        new Promise((resolve) => {
          const env = { ...process.env, THROUGHLINE_ENDPOINT: join(folder, 'hub.db.endpoint.json'), NO_COLOR: '1' }
          execFile(process.execPath, [MAIN, ...args], { env }, (error, out, err) =>
            resolve({ code: error === null ? 0 : Number(error.code), said: out + err }),
          )
        }),
      printed: () => printed,
      kill: () => child.kill('SIGKILL'),
      stop: async () => {
        if (child.exitCode === null && child.signalCode === null) {
          const ended = new Promise((resolve) => child.once('exit', resolve))
          const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
          child.kill('SIGINT')
          await ended
          clearTimeout(late)
        }
        rmSync(folder, { recursive: true, force: true })
        return { code: child.exitCode }
      },
    }
  } catch (error) {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function logIn(url: string): Promise<Connection> {
  const response = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'human', client_secret: 'human-secret' }),
  })
  const { access_token: accessToken } = (await response.json()) as { access_token: string }
  return new Connection({ instanceUrl: url, accessToken, version: '67.0' })
}

function vendor(url: string): Vendor {
  return {
    url,
    writes: async () => ((await (await fetch(`${url}/_sandbox/calls`)).json()) as { writes: number }).writes,
    forget: async () => void (await fetch(`${url}/_sandbox/calls`, { method: 'DELETE' })),
    faults: async (faults) => void (await fetch(`${url}/_sandbox/faults`, { method: 'PUT', body: JSON.stringify(faults) })),
    admin: async <T>(verb: string, input?: unknown) => {
      const response = await fetch(`${url}/_sandbox/${verb}`, { method: 'POST', body: input === undefined ? '' : JSON.stringify(input) })
      return (await response.json()) as T
    },
  }
}

/** Waits for `is`, at most `ms`, and answers how many milliseconds it took. */
export async function until(
  is: () => boolean | Promise<boolean>,
  ms: number,
  otherwise: () => string,
  child?: ChildProcess,
): Promise<number> {
  const began = performance.now()
  for (;;) {
    if (await is()) return performance.now() - began
    if (performance.now() - began > ms || (child && child.exitCode !== null)) throw new Error(otherwise())
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

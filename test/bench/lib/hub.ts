import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startChild, type Child } from './child.ts'
import type { Probe } from './probe.ts'

/** The real binary, `throughline start`, on a configuration of its own. */
export interface HubProcess {
  readonly port: number
  readonly url: string
  readonly pid: number
  /** Milliseconds from the start of the process until `/readyz` answered 200. */
  readonly readyMs: number
  probe(): Promise<Probe>
  resetProbe(): Promise<void>
  /** Writes a CPU profile of the main thread while `work` runs. */
  profiled<T>(file: string, work: () => Promise<T>): Promise<T>
  /** GET of the API. */
  get<T>(path: string): Promise<T>
  post(path: string, body: unknown): Promise<void>
  stop(): Promise<void>
  kill(): Promise<void>
  /** What it wrote last. */
  output(): string
}

export interface HubPlan {
  /** A folder of its own: configuration and database. */
  readonly dir: string
  readonly port: number
  /** Where HubSpot posts its webhooks, if that is not the hub itself. */
  readonly publicUrl?: string
  readonly hubspotUrl: string
  readonly salesforceUrl: string
  /** Seconds between two polls. */
  readonly poll: number
  readonly execArgv?: readonly string[]
}

export const API_TOKEN = 'a-token-for-tests-only'
/** As the sandboxes know them. */
const HUBSPOT = { token: 'hub-token', clientSecret: 'hubspot-secret', appId: '50780459' } as const
const SALESFORCE = { clientId: 'throughline', clientSecret: 'salesforce-secret' } as const
export const WEBHOOK_SECRET: string = HUBSPOT.clientSecret
export const HOOK_PATH = '/hooks/hubspot'

const CLI = new URL('../../../server/src/cli/main.ts', import.meta.url)
const PROBE = new URL('./probe.ts', import.meta.url)
const READY_MS = 60_000

export function databaseOf(dir: string): string {
  return join(dir, 'hub.db')
}

/** A port of loopback that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function configuration(plan: HubPlan): string {
  const limits = 'limits: { calls: 1000000, per: 1000 }'
  return `workspace: bench
database: file:hub.db
listen:
  host: 127.0.0.1
  port: ${plan.port}
${plan.publicUrl === undefined ? '' : `  publicUrl: ${plan.publicUrl}\n`}token: env:API_TOKEN
egress: { allowPrivate: [127.0.0.1] }
connections:
  hubspot:
    connector: hubspot
    poll: ${plan.poll}
    ${limits}
    config:
      token: env:HUBSPOT_TOKEN
      clientSecret: env:HUBSPOT_SECRET
      appId: '${HUBSPOT.appId}'
      baseUrl: ${plan.hubspotUrl}
  salesforce:
    connector: salesforce
    poll: ${plan.poll}
    ${limits}
    config:
      instanceUrl: ${plan.salesforceUrl}
      clientId: ${SALESFORCE.clientId}
      clientSecret: env:SALESFORCE_SECRET
systems: [hubspot, salesforce]
`
}

/** Starts the hub and waits until it is ready. Call it again with the same plan to restart it on the same database. */
export async function startHub(plan: HubPlan): Promise<HubProcess> {
  await mkdir(plan.dir, { recursive: true })
  const file = join(plan.dir, 'throughline.yaml')
  await writeFile(file, configuration(plan))
  const begun = performance.now()
  const child = startChild(CLI, {
    args: ['start', '--config', file],
    execArgv: ['--import', PROBE.href, ...(plan.execArgv ?? [])],
    env: {
      API_TOKEN,
      HUBSPOT_TOKEN: HUBSPOT.token,
      HUBSPOT_SECRET: HUBSPOT.clientSecret,
      SALESFORCE_SECRET: SALESFORCE.clientSecret,
    },
    keepOutput: true,
  })
  const url = `http://127.0.0.1:${plan.port}`
  await ready(child, url)
  const readyMs = performance.now() - begun
  return {
    port: plan.port,
    url,
    pid: child.pid,
    readyMs,
    probe: () => child.ask<Probe>('probe'),
    resetProbe: () => child.ask('reset'),
    async profiled(file, work) {
      await child.ask('profile')
      try {
        return await work()
      } finally {
        await child.ask('unprofile', file)
      }
    },
    async get<T>(path: string) {
      const answer = await fetch(url + path, { headers: { authorization: `Bearer ${API_TOKEN}` } })
      if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as T
    },
    async post(path, body) {
      const headers = { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' }
      const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
      await answer.arrayBuffer()
    },
    stop: () => child.stop(),
    kill: () => child.kill(),
    output: () => child.output(),
  }
}

async function ready(child: Child, url: string): Promise<void> {
  let isOver = false
  void child.ended.then(() => (isOver = true))
  const limit = performance.now() + READY_MS
  while (performance.now() < limit && !isOver) {
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await child.kill()
  throw new Error(`the hub did not get ready within ${READY_MS} ms\n${child.output()}`)
}

import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadRegistry } from '@throughline/contracts'
import { serveHubspot, type HubspotSandbox } from '@throughline/hubspot/sandbox'
import { serveSalesforce } from '@throughline/salesforce/sandbox'
import { createApp } from './app.ts'
import { compose, type Running } from './compose.ts'
import { createEgress } from './egress/index.ts'
import { library } from './registry.ts'
import { listen } from './serve.ts'
import { setupsOf, webhookLimits } from './setups.ts'

export const TOKEN = 'test-token-0123456789'

export interface TestHub {
  readonly url: string
  readonly folder: string
  readonly running: Running
  readonly hubspot: HubspotSandbox
  readonly failures: readonly string[]
  /** One-time code for the console. */
  code(): string
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** With the bearer token. */
  call(path: string, init?: RequestInit): Promise<Response>
  /** A webhook as HubSpot signs it. */
  hook(
    body: string,
    change?: { readonly secret?: string; readonly age?: number; readonly headers?: Record<string, string> },
  ): Promise<Response>
  close(): Promise<void>
}

/** A real hub in this process, on a file, between two sandboxes, listening on loopback. */
export async function startTestHub(people = 0): Promise<TestHub> {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-server-'))
  const [hubspot, salesforce] = await Promise.all([serveHubspot(0), serveSalesforce(0)])
  if (people > 0) hubspot.seed({ people, seed: 7 })
  const registry = loadRegistry()
  const failures: string[] = []
  const plain = { pollMs: 200, mappings: {}, limits: { calls: 1_000, per: 1_000 } }
  const egress = createEgress({ allowPrivate: true })
  const connectors = await library.load(['hubspot', 'salesforce'])
  const connections = setupsOf(
    [
      { ...plain, name: 'hubspot', connector: connectors.get('hubspot')!, streams: ['contacts', 'companies'] },
      { ...plain, name: 'salesforce', connector: connectors.get('salesforce')!, streams: ['contacts', 'leads', 'accounts'] },
    ],
    new Map<string, unknown>([
      ['hubspot', { token: 'hub-token', clientSecret: 'hubspot-secret', baseUrl: hubspot.url }],
      ['salesforce', { instanceUrl: salesforce.url, clientId: 'throughline', clientSecret: 'salesforce-secret' }],
    ]),
    registry,
    egress,
  )
  const running = await compose({
    database: `file:${join(folder, 'hub.db')}`,
    registry,
    connections,
    systems: ['hubspot', 'salesforce'],
    log: () => undefined,
  })
  const publicUrl = 'http://hub.test'
  const { app, auth } = createApp({
    hub: running.hub,
    watch: running.watch,
    token: TOKEN,
    publicUrl,
    listensOnLoopback: true,
    environment: 'DEMO',
    workspace: 'test',
    webhookLimit: webhookLimits(connections),
    now: Date.now,
    failed: (error, where) => failures.push(`${where}: ${String(error)}`),
  })
  const server = await listen(app, '127.0.0.1', 0)
  const url = `http://127.0.0.1:${server.port}`
  const go = (path: string, init: RequestInit = {}): Promise<Response> => fetch(url + path, { redirect: 'manual', ...init })
  return {
    url,
    folder,
    running,
    hubspot,
    failures,
    code: () => auth.code(),
    fetch: go,
    call: (path, init = {}) =>
      go(path, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) } }),
    hook: (body, { secret = 'hubspot-secret', age = 0, headers = {} } = {}) => {
      const at = String(Date.now() - age)
      const signature = createHmac('sha256', secret).update(`POST${publicUrl}/hooks/hubspot${body}${at}`).digest('base64')
      return go('/hooks/hubspot', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': at, ...headers },
        body,
      })
    },
    close: async () => {
      await server.close()
      await running.close()
      await egress.close()
      await Promise.all([hubspot.close(), salesforce.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A HubSpot webhook about one contact, new each time. */
export function contactChanged(id: string, eventId: string | number = Number.parseInt(randomUUID().slice(0, 8), 16)): string {
  return JSON.stringify([
    {
      eventId,
      subscriptionId: 1,
      portalId: 1,
      appId: 1,
      occurredAt: Date.now(),
      subscriptionType: 'contact.propertyChange',
      objectId: Number(id),
      propertyName: 'jobtitle',
      propertyValue: 'x',
      changeSource: 'CRM_UI',
    },
  ])
}

/** Waits for `is`, at most `ms`. */
export async function until(is: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms
  while (!(await is())) {
    if (Date.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

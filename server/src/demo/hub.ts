import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadRegistry } from '@throughline/contracts'
import { pino } from 'pino'
import { createApp } from '../app.ts'
import { compose, type Running } from '../compose.ts'
import { endpointFile, writeEndpoint } from '../endpoint.ts'
import { connectors } from '../registry.ts'
import { listen } from '../serve.ts'
import { setupsOf } from '../setups.ts'

export interface DemoHub {
  readonly running: Running
  readonly url: string
  /** Logs in to the console, once. */
  readonly consoleUrl: string
  close(): Promise<void>
}

const POLL_MS = 1_000
/** A developer's sandbox has a quota of its own: polling three streams each second needs it. */
const SALESFORCE_LIMITS = { calls: 1_000, per: 10_000 }

/** The demo's hub on a fresh database in `folder`, connected to the two stand-ins. */
export async function startDemoHub(
  folder: string,
  port: number,
  sandboxes: { readonly hubspot: string; readonly salesforce: string },
): Promise<DemoHub> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const registry = loadRegistry()
  const database = `file:${resolve(folder, 'hub.db')}`
  const log = pino({ name: 'throughline' }, pino.destination({ dest: resolve(folder, 'hub.log'), sync: false }))
  const configs = new Map<string, unknown>([
    ['hubspot', { token: 'hub-token', clientSecret: 'hubspot-secret', appId: '50780459', baseUrl: sandboxes.hubspot }],
    ['salesforce', { instanceUrl: sandboxes.salesforce, clientId: 'throughline', clientSecret: 'salesforce-secret' }],
  ])
  const connections = setupsOf(
    [
      { name: 'hubspot', connector: connectors.get('hubspot')!, pollMs: POLL_MS, mappings: {}, limits: null },
      { name: 'salesforce', connector: connectors.get('salesforce')!, pollMs: POLL_MS, mappings: {}, limits: SALESFORCE_LIMITS },
    ],
    configs,
    registry,
  )
  const running = await compose({
    database,
    registry,
    connections,
    systems: ['hubspot', 'salesforce'],
    log: (message, details) => log.info(details ?? {}, message),
  })
  const token = randomBytes(24).toString('base64url')
  const address = (at: number): string => `http://127.0.0.1:${at}`
  const { app, auth } = createApp({
    hub: running.hub,
    watch: running.watch,
    token,
    publicUrl: address(port),
    listensOnLoopback: true,
    environment: 'DEMO',
    workspace: 'demo',
    now: Date.now,
    failed: (error, where) =>
      log.error({ where, error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' }, 'a request failed'),
  })
  const server = await listen(app, '127.0.0.1', port).catch(async (error: unknown) => {
    await running.close()
    throw error
  })
  const endpoint = writeEndpoint(endpointFile(database, folder), {
    url: address(server.port),
    token,
    pid: process.pid,
    environment: 'DEMO',
    sandboxes,
  })
  return {
    running,
    url: address(server.port),
    consoleUrl: `${address(server.port)}/console/enter/${auth.code()}`,
    close: async () => {
      endpoint.remove()
      await server.close()
      await running.close()
    },
  }
}

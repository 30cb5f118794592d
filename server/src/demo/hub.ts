import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadRegistry } from '@throughline/contracts'
import { pino } from 'pino'
import { createApp } from '../app.ts'
import { compose, type Running } from '../compose.ts'
import { createEgress } from '../egress/index.ts'
import { endpointFile, writeEndpoint } from '../endpoint.ts'
import { library } from '../registry.ts'
import { listen } from '../serve.ts'
import { setupsOf, webhookLimits } from '../setups.ts'
import type { DemoSystem } from './systems.ts'

export interface DemoHub {
  readonly running: Running
  readonly url: string
  /** Logs in to the console, once. */
  readonly consoleUrl: string
  close(): Promise<void>
}

/** A stand-in that runs. */
export interface Placed {
  readonly system: DemoSystem
  readonly url: string
}

/** The demo's hub on a fresh database in `folder`, connected to the stand-ins. */
export async function startDemoHub(folder: string, port: number, placed: readonly Placed[]): Promise<DemoHub> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const registry = loadRegistry()
  const database = `file:${resolve(folder, 'hub.db')}`
  const log = pino({ name: 'throughline' }, pino.destination({ dest: resolve(folder, 'hub.log'), sync: false }))
  const configs = new Map(placed.map(({ system, url }) => [system.name as string, system.config(url)]))
  // The stand-ins listen on this machine.
  const egress = createEgress({ allowPrivate: true })
  const connectors = await library.load(placed.map(({ system }) => system.connector))
  const connections = setupsOf(
    placed.map(({ system }) => ({ ...system, connector: connectors.get(system.connector)!, mappings: {} })),
    configs,
    registry,
    egress,
  )
  const running = await compose({
    database,
    registry,
    connections,
    systems: placed.map(({ system }) => system.name),
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
    webhookLimit: webhookLimits(connections),
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
    sandboxes: Object.fromEntries(placed.map(({ system, url }) => [system.name, url])),
  })
  return {
    running,
    url: address(server.port),
    consoleUrl: `${address(server.port)}/console/enter/${auth.code()}`,
    close: async () => {
      endpoint.remove()
      await server.close()
      await running.close()
      await egress.close()
    },
  }
}

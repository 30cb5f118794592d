import { dirname } from 'node:path'
import { loadRegistry } from '@throughline/contracts'
import type { Command } from 'commander'
import { pino } from 'pino'
import { createApp } from '../../app.ts'
import { compose } from '../../compose.ts'
import { loadConfig } from '../../config.ts'
import { createEgress } from '../../egress/index.ts'
import { endpointFile, writeEndpoint } from '../../endpoint.ts'
import { library } from '../../registry.ts'
import { listen } from '../../serve.ts'
import { setupsOf, webhookLimits } from '../../setups.ts'
import { ended } from '../signals.ts'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])

export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the hub that throughline.yaml describes')
    .option('--config <file>', 'the configuration', 'throughline.yaml')
    .action(async (options: { readonly config: string }) => {
      const config = await loadConfig(options.config, library, process.env)
      const { token, configs } = config.secrets()
      // Lines of JSON on stderr. The hub hands in no secret and no personal data.
      const log = pino({ name: 'throughline', level: process.env['THROUGHLINE_LOG'] || 'info' }, pino.destination(2))
      const registry = loadRegistry()
      const refusals = new Set<string>()
      const refused = (why: string): void => {
        if (!refusals.has(why)) log.warn({ why }, 'an address is not called')
        refusals.add(why)
      }
      const egress = createEgress({ ...config.egress, refused })
      const connections = setupsOf(config.connections, configs, registry, egress)
      const running = await compose({
        database: config.database,
        databaseToken: process.env['THROUGHLINE_DATABASE_TOKEN'],
        registry,
        connections,
        systems: config.systems,
        log: (message, details) => log.info(details ?? {}, message),
      })
      const { host } = config.listen
      const local = `http://${host.includes(':') ? `[${host}]` : host}:${config.listen.port}`
      const { app } = createApp({
        hub: running.hub,
        watch: running.watch,
        token,
        publicUrl: config.listen.publicUrl ?? local,
        listensOnLoopback: LOOPBACK.has(host),
        environment: 'PROD',
        workspace: config.workspace,
        webhookLimit: webhookLimits(connections),
        now: Date.now,
        failed: (error, where) =>
          log.error({ where, error: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown' }, 'a request failed'),
      })
      const server = await listen(app, host, config.listen.port).catch(async (error: unknown) => {
        await running.close()
        throw error
      })
      const endpoint = writeEndpoint(endpointFile(config.database, dirname(config.file)), {
        url: `http://${LOOPBACK.has(host) && host !== '::1' ? host : '127.0.0.1'}:${server.port}`,
        token,
        pid: process.pid,
        environment: 'PROD',
      })
      log.info({ host, port: server.port, connections: connections.map((connection) => connection.name).join(', ') }, 'the hub runs')
      const signal = await ended()
      log.info({ signal }, 'the hub stops')
      endpoint.remove()
      await server.close()
      await running.close()
      await egress.close()
    })
}

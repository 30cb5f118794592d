import { type Connection, type Connector, type ConnectorIo, VendorError } from '@throughline/sdk'
import { check } from './check.ts'
import { createClient } from './client.ts'
import { configSchema, type GithubConfig } from './config.ts'
import type { Context } from './context.ts'
import { find } from './find.ts'
import { issues } from './issues.ts'
import { list } from './list.ts'
import { createMissed } from './missed.ts'
import { provision } from './provision.ts'
import { type Memory, pull } from './pull.ts'
import { read } from './read.ts'
import { accept } from './webhook.ts'
import { write } from './write.ts'

export type { GithubConfig } from './config.ts'

/** Issues of one GitHub repository, through Octokit. See README.md for what to set up in GitHub. */
export const github: Connector<GithubConfig> = {
  name: 'github',
  configSchema,
  streams: { issues },
  mappings: { issues: new URL('./mappings/issues.yaml', import.meta.url) },
  // A second between two calls is what GitHub asks for between writes; it is also well below its 5,000 calls an hour.
  limits: { calls: 60, per: 60_000 },
  // GitHub sends up to 25 MB; what is larger it does not deliver.
  webhookLimit: 25 * 1_048_576,
  connect,
  provision: (config, io, target) => provision(config, createClient(config, io), () => io.now(), target),
}

function connect(config: GithubConfig, io: ConnectorIo): Connection {
  const log: ConnectorIo['log'] = (message, details) => io.log(message, details)
  const context: Context = { client: createClient(config, io), creator: config.login ?? null, now: () => io.now(), log }
  const memory: Memory = { since: null, etag: null }
  const askForMissed = config.hookId === undefined ? undefined : createMissed(context, Number(config.hookId))
  const known = (stream: string): Context => {
    if (stream !== 'issues') throw new VendorError('reject', `GitHub has no stream ${stream}`)
    return context
  }
  return {
    check: (signal) => check(context, config.repository, signal),
    accept: async (request) => accept(config, request, log),
    async *pull(stream, cursor, signal) {
      yield* pull(known(stream), memory, cursor, signal)
      await askForMissed?.(signal)
    },
    list: (stream, after, signal) => list(known(stream), after, signal),
    read: async (stream, ids, signal) => read(known(stream), ids, signal),
    find: async (stream, field, values, signal) => find(known(stream), field, values, signal),
    write: async (_stream, deliveries, signal) => write(context, deliveries, signal),
  }
}

import { type Connector, VendorError } from '@throughline/sdk'
import { check } from './check.ts'
import { createClient } from './client.ts'
import { configSchema, type GhostConfig } from './config.ts'
import { find, list, pull, read } from './read.ts'
import { articles } from './stream.ts'
import { accept } from './webhook.ts'
import { write } from './write.ts'

export type { GhostConfig } from './config.ts'

/** Ghost 5 and 6: posts, through the Admin API. See README.md for what to set up. */
export const ghost: Connector<GhostConfig> = {
  name: 'ghost',
  configSchema,
  streams: { articles },
  mappings: { articles: new URL('./mappings/articles.yaml', import.meta.url) },
  // Ghost has no limit of its own; this keeps a small server responsive.
  limits: { calls: 200, per: 10_000 },
  connect(config, io) {
    const client = createClient(config, io)
    const known = (stream: string): void => {
      if (stream !== 'articles') throw new VendorError('reject', `Ghost has no stream ${stream}`)
    }
    return {
      check: (signal) => check(client, config, signal),
      accept: async (request) => accept(config, request, (message, details) => io.log(message, details)),
      pull(stream, cursor, signal) {
        known(stream)
        return pull(client, cursor, signal)
      },
      list(stream, after, signal) {
        known(stream)
        return list(client, after, signal)
      },
      async read(stream, ids, signal) {
        known(stream)
        return read(client, ids, signal)
      },
      async find(stream, field, values, signal) {
        known(stream)
        return find(client, field, values, signal)
      },
      write: async (_stream, deliveries, signal) => write(client, deliveries, signal),
    }
  },
}

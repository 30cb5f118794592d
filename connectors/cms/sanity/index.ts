import { type Connector, VendorError } from '@throughline/sdk'
import { check } from './check.ts'
import { createClient } from './client.ts'
import { configSchema, type SanityConfig } from './config.ts'
import { find, list, pull, read } from './read.ts'
import { articles } from './stream.ts'
import { accept } from './webhook.ts'
import { write } from './write.ts'

export type { SanityConfig } from './config.ts'

/** Sanity: published documents of one type, through GROQ queries and mutations. See README.md for what to set up. */
export const sanity: Connector<SanityConfig> = {
  name: 'sanity',
  configSchema,
  streams: { articles },
  mappings: { articles: new URL('./mappings/articles.yaml', import.meta.url) },
  // Sanity allows 25 mutations a second from one address, and more queries than that.
  limits: { calls: 20, per: 1_000 },
  connect(config, io) {
    const client = createClient(config, io)
    const known = (stream: string): void => {
      if (stream !== 'articles') throw new VendorError('reject', `Sanity has no stream ${stream}`)
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

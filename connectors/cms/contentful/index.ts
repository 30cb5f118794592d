import { type Connector, VendorError } from '@throughline/sdk'
import { check } from './check.ts'
import { createClient } from './client.ts'
import { configSchema, type ContentfulConfig } from './config.ts'
import { find, list, pull, read } from './read.ts'
import { articles } from './stream.ts'
import { accept } from './webhook.ts'
import { write } from './write.ts'

export type { ContentfulConfig } from './config.ts'

/** Contentful: entries of one content type, through the Content Management API. See README.md for what to set up. */
export const contentful: Connector<ContentfulConfig> = {
  name: 'contentful',
  configSchema,
  streams: { articles },
  mappings: { articles: new URL('./mappings/articles.yaml', import.meta.url) },
  // The least that any plan allows the management API.
  limits: { calls: 7, per: 1_000 },
  connect(config, io) {
    const client = createClient(config, io)
    const known = (stream: string): void => {
      if (stream !== 'articles') throw new VendorError('reject', `Contentful has no stream ${stream}`)
    }
    return {
      check: (signal) => check(client, config, io.fields.articles ?? [], signal),
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
      write: async (_stream, deliveries, signal) => write(client, deliveries, signal, (message, details) => io.log(message, details)),
    }
  },
}

import { type Connector, type Health, VendorError } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import { createClient, type DeclaredClient } from './client.ts'
import { configSchemaOf, type DeclaredConfig } from './config.ts'
import { type Description, parseDescription } from './description.ts'
import { list } from './list.ts'
import { find, pull, read } from './read.ts'
import { createStream, type DeclaredStream } from './stream.ts'
import { accept } from './webhook.ts'
import { write } from './write.ts'

/**
 * A connector from a description. `file` is where the text was read; mappings are found beside it. Throws `DocumentError`
 * with every fault and its place.
 */
export function declared(text: string, file: URL): Connector<DeclaredConfig> {
  const description = parseDescription(text, file.pathname)
  const streams = Object.fromEntries(Object.keys(description.streams).map((name) => [name, createStream(name, description)]))
  const on = (name: string): DeclaredStream => {
    const stream = Object.hasOwn(streams, name) ? streams[name] : undefined
    if (!stream) throw new VendorError('reject', `${description.title} has no stream ${name}`)
    return stream
  }
  const { webhook } = description
  const needsSecret = webhook !== undefined && webhook.signature.scheme !== 'none'
  return {
    name: description.declared,
    configSchema: configSchemaOf(description.title, needsSecret),
    streams,
    mappings: Object.fromEntries(Object.entries(description.streams).map(([name, { mapping }]) => [name, new URL(mapping, file)])),
    limits: description.limits,
    connect(config, io) {
      const client = createClient(description, config, io)
      return {
        check: (signal) => check(description, client, config, signal),
        ...(webhook === undefined
          ? {}
          : {
              accept: async (request) =>
                accept(description, webhook, config.webhookSecret ?? '', request, (message, details) => io.log(message, details)),
            }),
        pull: (name, cursor, signal) => pull(client, on(name), cursor, signal),
        list: (name, after, signal) => list(client, on(name), after, signal),
        read: async (name, ids, signal) => read(client, on(name), ids, signal),
        find: async (name, field, values, signal) => find(client, on(name), field, values, signal),
        write: async (name, deliveries, signal) => write(client, on(name), deliveries, signal),
      }
    },
  }
}

async function check(description: Description, client: DeclaredClient, config: DeclaredConfig, signal: AbortSignal): Promise<Health> {
  const answer = await client.fetch('GET', client.url(description.check, {}, {}), undefined, signal)
  const verdict = classify(client.voice, answer, client.now())
  const { title } = description
  if (verdict.kind === 'ok') return { ok: true, account: `${title} at ${new URL(config.url).host}` }
  const why = `${title} answers the check with: ${verdict.why}`
  switch (verdict.kind) {
    case 'credentials':
      return { ok: false, why, remedy: 'Put credentials into the connection that may read and write' }
    case 'garbage':
    case 'refused':
      return { ok: false, why, remedy: 'Check url and the description' }
    case 'later':
    case 'limited':
    case 'uncertain':
      return { ok: false, why, remedy: `Try again when ${title} answers` }
  }
}

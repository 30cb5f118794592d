import { VendorError, type Connection, type ConnectorIo, type Health } from '@throughline/sdk'
import { createBayeux } from './bayeux.ts'
import { createClient } from './client.ts'
import { API_VERSION, OVERLAP_MS, trimSlash, type SalesforceConfig } from './config.ts'
import { find } from './find.ts'
import { list } from './list.ts'
import { listen } from './listen.ts'
import { pull } from './pull.ts'
import { read } from './read.ts'
import { checkName } from './soql.ts'
import { createSession } from './session.ts'
import { createSource } from './source.ts'
import type { SalesforceStream } from './stream.ts'
import { write } from './write.ts'

export function createConnection(
  streams: Readonly<Record<string, SalesforceStream>>,
  config: SalesforceConfig,
  io: ConnectorIo,
): Connection {
  const session = createSession(config, io)
  const client = createClient(config, io, session)
  const overlap = config.overlapMs ?? OVERLAP_MS
  const known = new Map(
    Object.entries(streams).map(([name, stream]) => {
      return [name, { stream, source: createSource(stream, (io.fields[name] ?? []).map(checkName)) }]
    }),
  )
  const need = (name: string) => {
    const entry = known.get(name)
    if (!entry) throw new VendorError('reject', `Salesforce has no stream "${name}"`)
    return entry
  }

  const heard = new Map(Object.entries(streams).flatMap(([name, { type }]) => (name in io.fields ? [[type, name] as const] : [])))
  const channel = config.changeEvents
  const url = `${trimSlash(config.instanceUrl)}/cometd/${config.version ?? API_VERSION}`

  return {
    ...(channel === undefined
      ? {}
      : {
          listen: (cursor, signal) =>
            listen({ bayeux: createBayeux(url, session, io), channel, streams: heard, now: () => io.now() }, cursor, signal),
        }),
    async check(signal): Promise<Health> {
      try {
        await client.fetch({ method: 'GET', path: '/limits' }, signal)
      } catch (error) {
        if (!(error instanceof VendorError) || error.next === 'retry' || error.next === 'limited') throw error
        return {
          ok: false,
          why: error.message,
          remedy:
            'Check instanceUrl, and that the External Client App has the client credentials flow enabled with a run-as user who may use the API (docs: connectors/salesforce/README.md).',
        }
      }
      const user = await client.user(signal)
      const account = [new URL(config.instanceUrl).host, `user ${user ?? 'unknown'}`, client.usage() ?? []].flat()
      return { ok: true, account: account.join(', ') }
    },
    pull(name, cursor, signal) {
      const { stream, source } = need(name)
      return pull(client, source, cursor, overlap, stream.can.batch.page, signal)
    },
    list(name, after, signal) {
      const { stream, source } = need(name)
      return list(client, source, after, stream.can.batch.page, signal)
    },
    async read(name, ids, signal) {
      return read(client, need(name).source, ids, signal)
    },
    async find(name, field, values, signal) {
      const { stream, source } = need(name)
      return find(client, source, field, values, stream.can.batch.page, signal)
    },
    async write(name, deliveries, signal) {
      const { stream, source } = need(name)
      return write(client, stream, deliveries, (ids) => read(client, source, ids, signal), signal)
    },
  }
}

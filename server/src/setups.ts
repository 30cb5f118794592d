import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkMapping, parseMapping, type Mapping, type Registry } from '@throughline/contracts'
import type { ConnectionSetup } from '@throughline/core'
import type { ConnectorIo } from '@throughline/sdk'
import type { ConfiguredConnection } from './config.ts'
import type { Egress } from './egress/index.ts'

/** The part of a connection's quota that polling may use when the configuration does not say how often. */
const POLL_SHARE = 0.1
const CALLS_PER_POLL = 2
const LEAST_MS = 5_000
const MOST_MS = 3_600_000
/** Bytes of a webhook whose connector names no limit of its own. */
const WEBHOOK_LIMIT = 1_048_576

/** What the hub needs of each connection. Throws `MappingError` for a mapping that does not fit. */
export function setupsOf(
  connections: readonly ConfiguredConnection[],
  configs: ReadonlyMap<string, unknown>,
  registry: Registry,
  egress: Pick<Egress, 'fetch'>,
): ConnectionSetup[] {
  const names = connections.map((connection) => connection.name)
  return connections.map((connection) => {
    const { name, connector, limits, pollMs } = connection
    const mappings = mappingsOf(connection, registry, names)
    return {
      name,
      connector,
      config: configs.get(name),
      mappings,
      ...(limits === null ? {} : { limits }),
      pollMs: pollMs ?? pollEvery(limits ?? connector.limits, mappings.length),
      fetch: egress.fetch,
    }
  })
}

function mappingsOf(connection: ConfiguredConnection, registry: Registry, connections: readonly string[]): readonly Mapping[] {
  const { connector, mappings: own, streams: wanted } = connection
  const streams = Object.keys(connector.streams)
  return streams.flatMap((stream) => {
    if (wanted !== null && !wanted.includes(stream)) return []
    const file = own[stream] ?? (connector.mappings[stream] ? fileURLToPath(connector.mappings[stream]) : undefined)
    if (file === undefined) return []
    const mapping = parseMapping(readFileSync(file, 'utf8'), file)
    checkMapping(mapping, registry.entity(mapping.entity), { streams, connections })
    return [mapping]
  })
}

/** Milliseconds between two polls of a stream, so that all streams together stay within their share of the quota. */
export function pollEvery(limits: { readonly calls: number; readonly per: number }, streams: number): number {
  const wanted = (streams * CALLS_PER_POLL * limits.per) / (limits.calls * POLL_SHARE)
  return Math.round(Math.min(MOST_MS, Math.max(LEAST_MS, wanted)))
}

/** Most bytes of a webhook, by the connection's name: its connector's limit, else 1 MiB. */
export function webhookLimits(setups: readonly Pick<ConnectionSetup, 'name' | 'connector'>[]): (connection: string) => number {
  const limits = new Map(setups.map(({ name, connector }) => [name, connector.webhookLimit ?? WEBHOOK_LIMIT]))
  return (connection) => limits.get(connection) ?? WEBHOOK_LIMIT
}

/** What a connector is given outside a running hub: no log. */
export function ioOf(setup: ConnectionSetup): ConnectorIo {
  const fields = Object.fromEntries(setup.mappings.map((mapping) => [mapping.stream, mapping.fields.map((field) => field.remote)]))
  return { fetch: setup.fetch, now: Date.now, fields, log: () => undefined }
}

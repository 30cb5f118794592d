import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkMapping, parseMapping, type Mapping, type Registry } from '@throughline/contracts'
import type { ConnectionSetup } from '@throughline/core'
import type { Connector } from '@throughline/sdk'
import type { ConfiguredConnection } from './config.ts'

/** The part of a connection's quota that polling may use when the configuration does not say how often. */
const POLL_SHARE = 0.1
const CALLS_PER_POLL = 2
const LEAST_MS = 5_000
const MOST_MS = 3_600_000

/** What the hub needs of each connection. Throws `MappingError` for a mapping that does not fit. */
export function setupsOf(
  connections: readonly ConfiguredConnection[],
  configs: ReadonlyMap<string, unknown>,
  registry: Registry,
): ConnectionSetup[] {
  const names = connections.map((connection) => connection.name)
  return connections.map(({ name, connector, mappings, limits, pollMs }) => ({
    name,
    connector,
    config: configs.get(name),
    mappings: mappingsOf(connector, mappings, registry, names),
    ...(limits === null ? {} : { limits }),
    pollMs: pollMs ?? pollEvery(limits ?? connector.limits, Object.keys(connector.streams).length),
    fetch: globalThis.fetch,
  }))
}

function mappingsOf(
  connector: Connector,
  own: Readonly<Record<string, string>>,
  registry: Registry,
  connections: readonly string[],
): readonly Mapping[] {
  const streams = Object.keys(connector.streams)
  return streams.flatMap((stream) => {
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

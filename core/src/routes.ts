import type { EntityContract, Mapping } from '@throughline/contracts'
import type { Connection, Connector, Limits, Stream } from '@throughline/sdk'
import type { Gate } from './gate/gate.ts'

/** One stream of one configured connection, with everything needed to understand and to reach it. */
export interface Route {
  /** Name of the connection. */
  readonly connection: string
  /** Name of the stream. */
  readonly name: string
  readonly stream: Stream
  readonly mapping: Mapping
  readonly contract: EntityContract
  readonly remote: Connection
  readonly gate: Gate
  readonly pollMs: number
  /** The remote property that holds our record id: `upsertBy`, else `markedBy`. Without one, a create in doubt waits for a person. */
  readonly keyProperty: string | null
}

export interface Routes {
  readonly all: readonly Route[]
  of(connection: string, stream: string): Route | undefined
  /** The streams bound to an entity, in the declared order of systems. */
  ofEntity(entity: string): readonly Route[]
  /** Connection names in declared order: breaks ties of `latest`. */
  readonly systems: readonly string[]
}

/** Names one stream of one connection. */
export function routeKey(connection: string, stream: string): string {
  return `${connection}.${stream}`
}

export function createRoutes(all: readonly Route[], systems: readonly string[]): Routes {
  const byName = new Map(all.map((route) => [routeKey(route.connection, route.name), route]))
  const byEntity = new Map<string, Route[]>()
  for (const route of all) byEntity.set(route.mapping.entity, [...(byEntity.get(route.mapping.entity) ?? []), route])
  for (const list of byEntity.values()) list.sort((a, b) => systems.indexOf(a.connection) - systems.indexOf(b.connection))
  return {
    all,
    of: (connection, stream) => byName.get(routeKey(connection, stream)),
    ofEntity: (entity) => byEntity.get(entity) ?? [],
    systems,
  }
}

/** What the server gives for each connection; `config` holds resolved secrets. */
export interface ConnectionSetup {
  readonly name: string
  readonly connector: Connector
  readonly config: unknown
  readonly mappings: readonly Mapping[]
  readonly limits?: Limits
  readonly pollMs: number
  readonly fetch: typeof globalThis.fetch
}

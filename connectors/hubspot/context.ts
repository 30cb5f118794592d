import type { ConnectorIo } from '@throughline/sdk'
import type { HubspotClient } from './client.ts'
import { isRelated } from './related-fields.ts'
import type { HubspotStream } from './stream.ts'

/** What every call of one connection on one stream needs. */
export interface Context {
  readonly client: HubspotClient
  readonly stream: HubspotStream
  /** Remote fields that the mapping uses. */
  readonly mapped: readonly string[]
  /** Properties to ask for. */
  readonly properties: readonly string[]
  readonly now: () => number
  readonly log: ConnectorIo['log']
}

export function createContext(client: HubspotClient, stream: HubspotStream, io: ConnectorIo): Context {
  const mapped = io.fields[stream.objectType] ?? []
  const properties = [...new Set([...mapped.filter((name) => !isRelated(name)), ...stream.always])]
  return { client, stream, mapped, properties, now: () => io.now(), log: (message, details) => io.log(message, details) }
}

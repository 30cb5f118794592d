import { type Connection, type Connector, type ConnectorIo, VendorError } from '@throughline/sdk'
import { check } from './check.ts'
import { createClient } from './client.ts'
import { companies } from './companies.ts'
import { configSchema, type HubspotConfig } from './config.ts'
import { contacts } from './contacts.ts'
import { type Context, createContext } from './context.ts'
import { deals } from './deals.ts'
import { find } from './find.ts'
import { list } from './list.ts'
import { provision } from './provision.ts'
import { pull } from './pull.ts'
import { read } from './read.ts'
import { tickets } from './tickets.ts'
import { accept } from './webhook.ts'
import { write } from './write.ts'

export type { HubspotConfig } from './config.ts'

const streams = { contacts, companies, deals, tickets }

/** HubSpot CRM: contacts, companies, deals and tickets. See README.md for what to set up in HubSpot. */
export const hubspot: Connector<HubspotConfig> = {
  name: 'hubspot',
  configSchema,
  streams,
  mappings: {
    contacts: new URL('./mappings/contacts.yaml', import.meta.url),
    companies: new URL('./mappings/companies.yaml', import.meta.url),
    deals: new URL('./mappings/deals.yaml', import.meta.url),
    tickets: new URL('./mappings/tickets.yaml', import.meta.url),
  },
  // What every account has; professional and enterprise accounts may raise it to 190.
  limits: { calls: 100, per: 10_000 },
  connect,
  provision: (config, io, target) => provision(config, used(contextsOf(config, io)), target),
}

function connect(config: HubspotConfig, io: ConnectorIo): Connection {
  const contexts = new Map(contextsOf(config, io).map((context) => [context.stream.objectType, context]))
  const on = (stream: string): Context => {
    const context = contexts.get(stream)
    if (!context) throw new VendorError('reject', `HubSpot has no stream ${stream}`)
    return context
  }
  return {
    check: (signal) => check(used([...contexts.values()]), accountName(config), signal),
    accept: async (request) => accept(config, Object.values(streams), request, (message, details) => io.log(message, details)),
    pull: (stream, cursor, signal) => pull(on(stream), cursor, signal),
    list: (stream, after, signal) => list(on(stream), after, signal),
    read: async (stream, ids, signal) => read(on(stream), ids, signal),
    find: async (stream, field, values, signal) => find(on(stream), field, values, signal),
    write: async (stream, deliveries, signal) => write(on(stream), deliveries, signal),
  }
}

function contextsOf(config: HubspotConfig, io: ConnectorIo): Context[] {
  const client = createClient(config, io)
  return Object.values(streams).map((stream) => createContext(client, stream, io))
}

/** What nothing is mapped to needs no scope and no property. */
function used(contexts: readonly Context[]): Context[] {
  return contexts.filter((context) => context.mapped.length > 0)
}

function accountName(config: HubspotConfig): string {
  const host = new URL(config.baseUrl ?? 'https://api.hubapi.com').host
  return config.appId === undefined ? host : `app ${config.appId} at ${host}`
}

import type { Connector } from '@throughline/sdk'
import { accounts } from './accounts.ts'
import { createClient } from './client.ts'
import { configSchema, type SalesforceConfig } from './config.ts'
import { createConnection } from './connection.ts'
import { campaigns } from './campaigns.ts'
import { cases } from './cases.ts'
import { contacts } from './contacts.ts'
import { leads } from './leads.ts'
import { opportunities } from './opportunities.ts'
import { provision } from './provision.ts'
import { createSession } from './session.ts'
import { tasks } from './tasks.ts'

export type { SalesforceConfig } from './config.ts'

const streams = { contacts, leads, accounts, cases, tasks, opportunities, campaigns }

/** Salesforce through jsforce: contacts and leads are people, accounts companies, cases tickets, opportunities deals, campaigns articles. */
export const salesforce: Connector<SalesforceConfig> = {
  name: 'salesforce',
  configSchema,
  streams,
  mappings: {
    contacts: new URL('./mappings/contacts.yaml', import.meta.url),
    leads: new URL('./mappings/leads.yaml', import.meta.url),
    accounts: new URL('./mappings/accounts.yaml', import.meta.url),
    cases: new URL('./mappings/cases.yaml', import.meta.url),
    tasks: new URL('./mappings/tasks.yaml', import.meta.url),
    opportunities: new URL('./mappings/opportunities.yaml', import.meta.url),
    campaigns: new URL('./mappings/campaigns.yaml', import.meta.url),
  },
  // The Enterprise edition's daily quota without the licences' extra: a rolling day.
  limits: { calls: 100_000, per: 86_400_000 },
  connect: (config, io) => createConnection(streams, config, io),
  provision(config, io) {
    const mapped = Object.entries(streams).flatMap(([name, stream]) => {
      const fields = io.fields[name]
      return fields === undefined ? [] : [{ name, stream, mapped: fields }]
    })
    return provision({ client: createClient(config, io, createSession(config, io)), streams: mapped, channel: config.changeEvents })
  },
}

import type { Connector } from '@throughline/sdk'
import { accounts } from './accounts.ts'
import { configSchema, type SalesforceConfig } from './config.ts'
import { createConnection } from './connection.ts'
import { cases } from './cases.ts'
import { contacts } from './contacts.ts'
import { leads } from './leads.ts'
import { opportunities } from './opportunities.ts'
import { tasks } from './tasks.ts'

export type { SalesforceConfig } from './config.ts'

const streams = { contacts, leads, accounts, cases, tasks, opportunities }

/** Salesforce through jsforce: contacts and leads are people, accounts companies, cases tickets, opportunities deals. */
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
  },
  // The Enterprise edition's daily quota without the licences' extra: a rolling day.
  limits: { calls: 100_000, per: 86_400_000 },
  connect: (config, io) => createConnection(streams, config, io),
}

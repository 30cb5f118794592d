import { ghost, strapi } from '@throughline/cms'
import { github } from '@throughline/github'
import { hubspot } from '@throughline/hubspot'
import { salesforce } from '@throughline/salesforce'
import type { Connector } from '@throughline/sdk'

/** Every connector of this hub, by name. The one place that knows them; a new connector is added here. */
export const connectors: ReadonlyMap<string, Connector> = new Map<string, Connector>(
  [hubspot as Connector, salesforce as Connector, github as Connector, strapi as Connector, ghost as Connector].map((connector) => [
    connector.name,
    connector,
  ]),
)

import { contentful, directus, ghost, sanity, strapi, wordpress } from '@throughline/cms'
import { github } from '@throughline/github'
import { hubspot } from '@throughline/hubspot'
import { salesforce } from '@throughline/salesforce'
import type { Connector } from '@throughline/sdk'

const all = [hubspot, salesforce, github, strapi, ghost, contentful, sanity, directus, wordpress] as readonly Connector[]

/** Every connector of this hub, by name. The one place that knows them; a new connector is added here. */
export const connectors: ReadonlyMap<string, Connector> = new Map(all.map((connector) => [connector.name, connector]))

import type { Connector } from '@throughline/sdk'

/** The one place that knows the connectors; a new one is added here. Each is loaded when it is asked for: SDKs weigh. */
const loaders: Readonly<Record<string, () => Promise<unknown>>> = {
  hubspot: async () => (await import('@throughline/hubspot')).hubspot,
  salesforce: async () => (await import('@throughline/salesforce')).salesforce,
  github: async () => (await import('@throughline/github')).github,
  strapi: async () => (await import('@throughline/cms')).strapi,
  ghost: async () => (await import('@throughline/cms')).ghost,
  contentful: async () => (await import('@throughline/cms')).contentful,
  sanity: async () => (await import('@throughline/cms')).sanity,
  directus: async () => (await import('@throughline/cms')).directus,
  wordpress: async () => (await import('@throughline/cms')).wordpress,
}

/** The connectors that can be configured, by name. */
export interface Library {
  readonly names: readonly string[]
  /** Those of the names that there are; unknown ones are left out. */
  load(names: Iterable<string>): Promise<ReadonlyMap<string, Connector>>
}

export const library: Library = {
  names: Object.keys(loaders),
  load: async (names) => {
    const wanted = [...new Set(names)].filter((name) => Object.hasOwn(loaders, name))
    return new Map(await Promise.all(wanted.map(async (name) => [name, (await loaders[name]!()) as Connector] as const)))
  },
}

/** How one connection reaches its org. Secrets arrive resolved. */
export interface SalesforceConfig {
  /** The org's My Domain: `https://acme.my.salesforce.com`. */
  readonly instanceUrl: string
  /** Where tokens are asked for; the instance itself if absent. */
  readonly loginUrl?: string
  readonly clientId?: string
  readonly clientSecret?: string
  /** Instead of a client: a token that somebody else renews. */
  readonly accessToken?: string
  /** REST API version; 67.0 is Summer '26. */
  readonly version?: string
  /** The channel of change events to listen to, `/data/ChangeEvents` or one of the org's own; only polling if absent. */
  readonly changeEvents?: string
  /** How far behind the vendor's clock a change may still turn up, in milliseconds. */
  readonly overlapMs?: number
}

export const API_VERSION = '67.0'

/**
 * `SystemModstamp` counts whole seconds and is set when a row is saved, not when its transaction commits: a change becomes
 * visible up to this long after its stamp. Orgs whose triggers run long set more.
 */
export const OVERLAP_MS = 5_000

const url = { type: 'string', pattern: '^https?://[^/?#\\s]+/?$' } as const

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  additionalProperties: false,
  required: ['instanceUrl'],
  properties: {
    instanceUrl: {
      ...url,
      description: "The org's My Domain, for instance https://acme.my.salesforce.com (not its lightning address).",
      not: { pattern: '\\.lightning\\.' },
    },
    loginUrl: { ...url, description: 'Where tokens are asked for; the instance itself if absent.' },
    clientId: { type: 'string', minLength: 1, description: 'Consumer key of the External Client App with the client credentials flow.' },
    clientSecret: { type: 'string', minLength: 1, writeOnly: true, description: 'Its consumer secret.' },
    accessToken: { type: 'string', minLength: 1, writeOnly: true, description: 'Instead of a client: a token that somebody else renews.' },
    version: { type: 'string', pattern: '^\\d{2}\\.0$', description: `REST API version; ${API_VERSION} if absent.` },
    changeEvents: {
      type: 'string',
      pattern: '^/data/[A-Za-z0-9_]+$',
      maxLength: 100,
      description:
        'Channel of change events to listen to: /data/ChangeEvents, or a channel of your own such as /data/Throughline__chn. The objects have to be selected for Change Data Capture. Without it changes are only polled.',
    },
    overlapMs: {
      type: 'integer',
      minimum: 2_000,
      maximum: 900_000,
      description: 'How long after its time stamp a change may still become visible, in milliseconds; 5000 if absent.',
    },
  },
  oneOf: [
    { required: ['accessToken'], properties: { accessToken: true } },
    { required: ['clientId', 'clientSecret'], properties: { clientId: true, clientSecret: true } },
  ],
} as const

export const trimSlash = (text: string): string => text.replace(/\/$/, '')

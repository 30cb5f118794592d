/** What `connect` needs; secrets arrive resolved. */
export interface HubspotConfig {
  /** Bearer token of the app: a private or project app's token, or a service key. */
  readonly token: string
  /** Client secret of the app that owns the webhook subscriptions; signs every webhook. */
  readonly clientSecret: string
  /** Id of that app. With it, webhooks about the hub's own writes are left out: the receipt already told. */
  readonly appId?: string
  /** Base URL the app's webhooks are registered under, where a proxy makes it differ from the one the hub sees. */
  readonly publicUrl?: string
  /** Base URL of the API; `https://api.hubapi.com` unless a sandbox or a proxy stands in. */
  readonly baseUrl?: string
}

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'HubSpot connection',
  type: 'object',
  additionalProperties: false,
  required: ['token', 'clientSecret'],
  properties: {
    token: { type: 'string', minLength: 1, writeOnly: true, description: 'Access token of the app or service key.' },
    clientSecret: { type: 'string', minLength: 1, writeOnly: true, description: 'Client secret of the app; verifies its webhooks.' },
    appId: { type: 'string', pattern: '^[0-9]+$', description: "The app's id; leaves out webhooks about the hub's own writes." },
    publicUrl: { type: 'string', pattern: '^https?://', description: 'Base URL the webhooks are registered under.' },
    baseUrl: { type: 'string', pattern: '^https?://', description: 'Base URL of the API, https://api.hubapi.com by default.' },
  },
} as const

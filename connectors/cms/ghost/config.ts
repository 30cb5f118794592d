/** What `connect` needs; secrets arrive resolved. */
export interface GhostConfig {
  /** Base URL of the site's admin, without `/ghost`. */
  readonly url: string
  /** Admin API key of a custom integration, `id:secret` in hex. */
  readonly adminKey: string
  /** Secret given to the integration's webhooks; signs each of them. */
  readonly webhookSecret: string
}

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Ghost connection',
  type: 'object',
  additionalProperties: false,
  required: ['url', 'adminKey', 'webhookSecret'],
  properties: {
    url: { type: 'string', pattern: '^https?://', description: "Base URL of the site's admin, without /ghost." },
    adminKey: {
      type: 'string',
      pattern: '^[0-9a-f]{24}:(?:[0-9a-f]{2}){16,64}$',
      writeOnly: true,
      description: 'Admin API key of a custom integration: id:secret.',
    },
    webhookSecret: { type: 'string', minLength: 1, writeOnly: true, description: "Secret of the integration's webhooks." },
  },
} as const

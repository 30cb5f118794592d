/** What `connect` needs; secrets arrive resolved. */
export interface ContentfulConfig {
  /** Base URL of the Content Management API; `https://api.contentful.com` if absent. */
  readonly url?: string
  readonly space: string
  /** The environment's own id, not an alias: webhooks name the former. `master` if absent. */
  readonly environment?: string
  /** Content management token. */
  readonly token: string
  /** Id of the content type; `article` if absent. */
  readonly contentType?: string
  /** The space's default locale; `en-US` if absent. */
  readonly locale?: string
  /** The space's signing secret for webhooks. */
  readonly webhookSecret: string
}

const ID = '^[A-Za-z0-9._-]{1,64}$'

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Contentful connection',
  type: 'object',
  additionalProperties: false,
  required: ['space', 'token', 'webhookSecret'],
  properties: {
    url: {
      type: 'string',
      pattern: '^https?://',
      description: 'Base URL of the Content Management API; https://api.eu.contentful.com for spaces kept in the EU.',
    },
    space: { type: 'string', pattern: ID, description: 'Id of the space.' },
    environment: { type: 'string', pattern: ID, description: "The environment's own id, not an alias; master by default." },
    token: { type: 'string', minLength: 1, writeOnly: true, description: 'Content management token.' },
    contentType: { type: 'string', pattern: ID, description: 'Id of the content type, article by default.' },
    locale: { type: 'string', pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$', description: "The space's default locale, en-US by default." },
    webhookSecret: {
      type: 'string',
      pattern: '^[0-9a-zA-Z+/=_-]{64}$',
      writeOnly: true,
      description: "The space's signing secret for webhooks, 64 characters.",
    },
  },
} as const

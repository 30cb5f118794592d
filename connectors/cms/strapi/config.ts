/** What `connect` needs; secrets arrive resolved. */
export interface StrapiConfig {
  /** Base URL of the Strapi server, without `/api`. */
  readonly url: string
  /** API token with find, findOne, create, update and delete on the content type. */
  readonly token: string
  /** The secret that a header of Strapi's webhook carries. */
  readonly webhookToken: string
  /** Name of that header, lower-case; `x-hub-token` if absent. `authorization` may be used as well. */
  readonly webhookHeader?: string
  /** Plural API id of the content type; `articles` if absent. */
  readonly collection?: string
  /** Its uid, as webhooks name it; `api::article.article` if absent. */
  readonly uid?: string
}

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Strapi connection',
  type: 'object',
  additionalProperties: false,
  required: ['url', 'token', 'webhookToken'],
  properties: {
    url: { type: 'string', pattern: '^https?://', description: 'Base URL of the Strapi server, without /api.' },
    token: { type: 'string', minLength: 1, writeOnly: true, description: 'API token that may read and write the content type.' },
    webhookToken: { type: 'string', minLength: 1, writeOnly: true, description: "The secret that a header of Strapi's webhook carries." },
    webhookHeader: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', description: 'Name of that header, x-hub-token by default.' },
    collection: { type: 'string', pattern: '^[a-z][a-z0-9-]*$', description: 'Plural API id of the content type, articles by default.' },
    uid: {
      type: 'string',
      pattern: '^[a-z]+::[a-z0-9-]+(\\.[a-z0-9-]+)?$',
      description: 'Uid of the content type, api::article.article by default.',
    },
  },
} as const

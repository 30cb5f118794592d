/** What `connect` needs; secrets arrive resolved. */
export interface SanityConfig {
  /** Base URL of the API; `https://<projectId>.api.sanity.io` if absent. */
  readonly url?: string
  readonly projectId: string
  /** `production` if absent. */
  readonly dataset?: string
  /** API token that may read and write the dataset (editor). */
  readonly token: string
  /** Name of the document type; `article` if absent. */
  readonly type?: string
  /** Secret given to the webhook; signs each of its requests. */
  readonly webhookSecret: string
}

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Sanity connection',
  type: 'object',
  additionalProperties: false,
  required: ['projectId', 'token', 'webhookSecret'],
  properties: {
    url: { type: 'string', pattern: '^https?://', description: 'Base URL of the API, https://<projectId>.api.sanity.io by default.' },
    projectId: { type: 'string', pattern: '^[a-z0-9-]{1,64}$', description: 'Id of the project.' },
    dataset: { type: 'string', pattern: '^[a-z0-9~_-]{1,128}$', description: 'Name of the dataset, production by default.' },
    token: { type: 'string', minLength: 1, writeOnly: true, description: 'API token that may read and write the dataset (editor).' },
    type: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_.-]*$', description: 'Name of the document type, article by default.' },
    webhookSecret: { type: 'string', minLength: 1, writeOnly: true, description: "Secret of the project's webhook." },
  },
} as const

/** What `connect` needs of every declared system; secrets arrive resolved. */
export interface DeclaredConfig {
  /** Base URL that the description's paths are below. */
  readonly url: string
  /** Credentials, as the description's `auth` takes them. */
  readonly token: string
  /** Secret of the webhooks: what signs them, or what their header carries. */
  readonly webhookSecret?: string
}

export function configSchemaOf(title: string, needsSecret: boolean): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `${title} connection`,
    type: 'object',
    additionalProperties: false,
    required: ['url', 'token', ...(needsSecret ? ['webhookSecret'] : [])],
    properties: {
      url: { type: 'string', pattern: '^https?://', description: `Base URL of ${title}.` },
      token: { type: 'string', minLength: 1, writeOnly: true, description: 'Credentials of the API.' },
      webhookSecret: { type: 'string', minLength: 1, writeOnly: true, description: 'Secret of the webhooks.' },
    },
  }
}

/** What `connect` needs; secrets arrive resolved. One connection is one repository. */
export interface GithubConfig {
  /** `owner/name`. */
  readonly repository: string
  /** Personal access token or installation token. */
  readonly token: string
  /** Secret of the repository's webhook; verifies every delivery. */
  readonly webhookSecret: string
  /** Login the token writes as, where it is known: narrows the look-up of creates in doubt to its issues. */
  readonly login?: string
  /** Id of the webhook. With it, failed deliveries of the last three days are asked for again. */
  readonly hookId?: string
  /** Base URL of the API; `https://api.github.com` unless an enterprise server, a sandbox or a proxy stands in. */
  readonly baseUrl?: string
}

export const configSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'GitHub connection',
  type: 'object',
  additionalProperties: false,
  required: ['repository', 'token', 'webhookSecret'],
  properties: {
    repository: { type: 'string', pattern: '^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$', description: 'The repository, as owner/name.' },
    token: { type: 'string', minLength: 1, writeOnly: true, description: 'Token that may read and write issues and set labels.' },
    webhookSecret: { type: 'string', minLength: 1, writeOnly: true, description: "The webhook's secret." },
    login: { type: 'string', minLength: 1, description: 'Login the token writes as; narrows the look-up of creates in doubt.' },
    hookId: { type: 'string', pattern: '^[0-9]+$', description: "The webhook's id; failed deliveries are then asked for again." },
    baseUrl: { type: 'string', pattern: '^https?://', description: 'Base URL of the API, https://api.github.com by default.' },
  },
} as const

export const API_VERSION = '2026-03-10'

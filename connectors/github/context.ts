import type { ConnectorIo } from '@throughline/sdk'
import type { GithubClient } from './client.ts'

/** What every call of one connection needs. */
export interface Context {
  readonly client: GithubClient
  /** Login whose issues are looked through for a marker; every issue if unknown. */
  readonly creator: string | null
  readonly now: () => number
  readonly log: ConnectorIo['log']
}

import type { Limits } from '@throughline/sdk'

/** What stands at the CMS's place. */
export const CMS_KINDS = ['strapi', 'ghost'] as const
export type CmsKind = (typeof CMS_KINDS)[number]

export type SystemName = 'hubspot' | 'salesforce' | 'cms' | 'github'

/** One stand-in of the demo and the hub's connection to it; both have this name. */
export interface DemoSystem {
  readonly name: SystemName
  readonly title: string
  readonly connector: string
  /** Where it listens unless told otherwise. */
  readonly port: number
  /** Arguments of the stand-in's process. */
  readonly args: readonly string[]
  readonly sendsWebhooks: boolean
  readonly streams: readonly string[]
  readonly pollMs: number
  /** A demo polls more often than a quota would have it. */
  readonly limits: Limits | null
  config(url: string): unknown
  /** What it holds at the start, for so many people, and in which words. */
  seed(people: number, seed: number): readonly { readonly verb: string; readonly input: unknown; readonly says: string }[]
}

/** What the stand-in takes for the key of an integration. */
const GHOST_KEY = '6b0039d04d8ae551ca16f001:5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592'

const TICKETS = 8
const ISSUES = 6
const CASES = 4
const ARTICLES = 5

const hubspot: DemoSystem = {
  name: 'hubspot',
  title: 'HubSpot',
  connector: 'hubspot',
  port: 4_801,
  args: [],
  sendsWebhooks: true,
  streams: ['contacts', 'companies', 'tickets'],
  pollMs: 1_000,
  limits: null,
  config: (url) => ({ token: 'hub-token', clientSecret: 'hubspot-secret', appId: '50780459', baseUrl: url }),
  seed: (people, seed) => [
    { verb: 'seed', input: { people, tickets: TICKETS, seed }, says: `${people.toLocaleString('en')} people and ${TICKETS} tickets` },
  ],
}

const salesforce: DemoSystem = {
  name: 'salesforce',
  title: 'Salesforce',
  connector: 'salesforce',
  port: 4_802,
  args: [],
  sendsWebhooks: false,
  streams: ['contacts', 'accounts', 'cases', 'campaigns'],
  pollMs: 1_000,
  limits: { calls: 1_000, per: 10_000 },
  config: (url) => ({ instanceUrl: url, clientId: 'throughline', clientSecret: 'salesforce-secret' }),
  seed: () => [
    {
      verb: 'plant',
      input: {
        type: 'Case',
        rows: Array.from({ length: CASES }, (_, n) => ({
          Subject: `Contract question ${n + 1}`,
          Description: 'Asked by telephone.',
          Status: n % 2 === 0 ? 'New' : 'Working',
          Priority: n === 0 ? 'High' : 'Medium',
        })),
      },
      says: `${CASES} cases`,
    },
  ],
}

const github: DemoSystem = {
  name: 'github',
  title: 'GitHub',
  connector: 'github',
  port: 4_804,
  args: [],
  sendsWebhooks: true,
  streams: ['issues'],
  pollMs: 2_000,
  limits: { calls: 600, per: 60_000 },
  config: (url) => ({ repository: 'acme/support', token: 'hub-token', webhookSecret: 'github-secret', baseUrl: url }),
  seed: (_people, seed) => [{ verb: 'seed', input: { issues: ISSUES, seed }, says: `${ISSUES} issues` }],
}

function cms(kind: CmsKind): DemoSystem {
  const config = {
    strapi: (url: string) => ({ url, token: 'strapi-token', webhookToken: 'strapi-webhook-token' }),
    ghost: (url: string) => ({ url, adminKey: GHOST_KEY, webhookSecret: 's3cret' }),
  }[kind]
  return {
    name: 'cms',
    title: { strapi: 'Strapi', ghost: 'Ghost' }[kind],
    connector: kind,
    port: 4_803,
    args: ['--kind', kind],
    sendsWebhooks: true,
    streams: ['articles'],
    pollMs: 1_000,
    limits: null,
    config,
    seed: (_people, seed) => [{ verb: 'seed', input: { articles: ARTICLES, seed }, says: `${ARTICLES} articles` }],
  }
}

/** In the order in which ties are broken. */
export function demoSystems(kind: CmsKind): readonly DemoSystem[] {
  return [hubspot, salesforce, cms(kind), github]
}

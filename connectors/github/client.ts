import { Octokit } from '@octokit/rest'
import { type ConnectorIo, VendorError } from '@throughline/sdk'
import { API_VERSION, type GithubConfig } from './config.ts'
import { type Answer, call, type Wiring } from './transport.ts'

/** What a page of issues is asked by. */
export interface PageQuery {
  readonly sort: 'created' | 'updated'
  readonly direction: 'asc' | 'desc'
  /** ISO time in whole seconds. */
  readonly since?: string
  readonly creator?: string
  readonly size?: number
}

export interface IssueChange {
  readonly title?: string
  readonly body?: string
  readonly state?: 'open' | 'closed'
}

/** The vendor's calls that the connector makes. None throws for what the network or the vendor does; `classify` reads the answers. */
export interface GithubClient {
  repository(signal: AbortSignal): Promise<Answer>
  page(query: PageQuery, etag: string | null, signal: AbortSignal): Promise<Answer>
  /** Goes where a `Link` header led. Throws a `VendorError` if that is not the vendor: the token must not go there. */
  follow(url: string, etag: string | null, signal: AbortSignal): Promise<Answer>
  issue(number: number, signal: AbortSignal): Promise<Answer>
  create(issue: { title: string; body: string; labels: string[] }, signal: AbortSignal): Promise<Answer>
  update(number: number, change: IssueChange, signal: AbortSignal): Promise<Answer>
  addLabels(number: number, labels: string[], signal: AbortSignal): Promise<Answer>
  removeLabel(number: number, label: string, signal: AbortSignal): Promise<Answer>
  deliveries(hook: number, signal: AbortSignal): Promise<Answer>
  redeliver(hook: number, delivery: number, signal: AbortSignal): Promise<Answer>
  hooks(signal: AbortSignal): Promise<Answer>
  /** Active, for issues, as JSON. GitHub pings it at once. */
  createHook(hook: { url: string; secret: string }, signal: AbortSignal): Promise<Answer>
  /** Answered with an empty 204. */
  ping(hook: number, signal: AbortSignal): Promise<Answer>
}

export const PAGE = 100

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Octokit without its retry and throttling plugins: the hub owns every retry and every wait. */
export function createClient(config: GithubConfig, io: Pick<ConnectorIo, 'fetch'>): GithubClient {
  const baseUrl = (config.baseUrl ?? 'https://api.github.com').replace(/\/+$/, '')
  const [owner = '', repo = ''] = config.repository.split('/')
  const octokit = new Octokit({ auth: config.token, baseUrl, userAgent: 'Throughline', log: silent })
  octokit.hook.before('request', (options) => {
    options.headers['x-github-api-version'] = API_VERSION
  })
  const { issues, repos } = octokit.rest
  const send = (signal: AbortSignal, run: (request: Wiring) => Promise<unknown>) => call(io.fetch, signal, run)
  const unless = (etag: string | null) => (etag === null ? {} : { headers: { 'if-none-match': etag } })
  return {
    repository: (signal) => send(signal, (request) => repos.get({ owner, repo, request })),
    page: ({ size = PAGE, ...query }, etag, signal) =>
      send(signal, (request) => issues.listForRepo({ owner, repo, state: 'all', per_page: size, ...query, ...unless(etag), request })),
    follow: (url, etag, signal) => {
      if (!URL.canParse(url) || new URL(url).origin !== new URL(baseUrl).origin) {
        throw new VendorError('retry', 'GitHub named a next page at another host; the token does not go there')
      }
      return send(signal, (request) => octokit.request({ method: 'GET', url, ...unless(etag), request }))
    },
    issue: (number, signal) => send(signal, (request) => issues.get({ owner, repo, issue_number: number, request })),
    create: (issue, signal) => send(signal, (request) => issues.create({ owner, repo, ...issue, request })),
    update: (number, change, signal) => send(signal, (request) => issues.update({ owner, repo, issue_number: number, ...change, request })),
    addLabels: (number, labels, signal) =>
      send(signal, (request) => issues.addLabels({ owner, repo, issue_number: number, labels, request })),
    removeLabel: (number, name, signal) =>
      send(signal, (request) => issues.removeLabel({ owner, repo, issue_number: number, name, request })),
    deliveries: (hook, signal) =>
      send(signal, (request) => repos.listWebhookDeliveries({ owner, repo, hook_id: hook, per_page: PAGE, request })),
    redeliver: (hook, delivery, signal) =>
      send(signal, (request) => repos.redeliverWebhookDelivery({ owner, repo, hook_id: hook, delivery_id: delivery, request })),
    hooks: (signal) => send(signal, (request) => repos.listWebhooks({ owner, repo, per_page: PAGE, request })),
    createHook: ({ url, secret }, signal) =>
      send(signal, (request) =>
        repos.createWebhook({
          owner,
          repo,
          name: 'web',
          active: true,
          events: ['issues'],
          config: { url, content_type: 'json', secret },
          request,
        }),
      ),
    ping: (hook, signal) => send(signal, (request) => repos.pingWebhook({ owner, repo, hook_id: hook, request })),
  }
}

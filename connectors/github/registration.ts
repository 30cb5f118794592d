import { type ProvisionStep, VendorError } from '@throughline/sdk'
import { classify, demand } from './classify.ts'
import type { GithubClient } from './client.ts'
import type { GithubConfig } from './config.ts'
import { asArray, asObject } from './problem.ts'
import type { Answer } from './transport.ts'

/** What the repository's webhook is judged and made by. */
export interface Registration {
  readonly config: GithubConfig
  readonly client: GithubClient
  readonly now: () => number
  /** The repository's page, for people. */
  readonly page: string
  readonly hookUrl: string | null
}

interface Hook {
  readonly id: number
  readonly isActive: boolean
  readonly tellsOfIssues: boolean
  readonly isJson: boolean
  /** What the last delivery was answered with; `null` if there was none in thirty days. */
  readonly code: number | null
  readonly message: string
}

/** Whether webhooks may be looked at; the webhook; and its test event, a ping: the secret cannot be read, so only an answer shows that it fits. */
export async function registrationSteps(registration: Registration, signal: AbortSignal): Promise<ProvisionStep[]> {
  const { client, now, config, hookUrl } = registration
  const permission = { id: 'permission.webhooks', title: 'Permission Webhooks' }
  const answer = await client.hooks(signal)
  if (isLacking(answer, now()))
    return [
      { ...permission, state: 'missing', detail: lacks(config.repository, 'read') },
      { ...WEBHOOK, state: 'missing', detail: `Cannot be looked at before that. ${byHand(registration)}` },
    ]
  const hooks = hooksAt(hookUrl, demand(answer, now()))
  const allowed: ProvisionStep = { ...permission, state: 'present', detail: 'The token may look at webhooks.' }
  if (hookUrl === null)
    return [allowed, { ...WEBHOOK, state: 'manual', detail: 'The hub has no public URL yet. Give it one, then run this again.' }]
  const good = hooks.find(isGood)
  return [allowed, webhookStep(registration, hookUrl, good, hooks), pingStep(registration, good)]
}

const WEBHOOK = { id: 'webhooks', title: 'Webhook' }

function webhookStep(registration: Registration, url: string, good: Hook | undefined, [bad]: readonly Hook[]): ProvisionStep {
  if (good) {
    const isNamed = registration.config.hookId === String(good.id)
    const hint = isNamed ? '' : ` With hookId: "${good.id}" in the connection, deliveries that failed are asked for again.`
    return { ...WEBHOOK, state: 'present', detail: `${good.id} sends issues to ${url}.${hint}` }
  }
  if (bad) {
    const wrong = [
      bad.isActive ? '' : 'tick Active',
      bad.tellsOfIssues ? '' : 'let it send the event Issues',
      bad.isJson ? '' : 'set its content type to application/json',
    ].filter((part) => part !== '')
    const detail = `Webhook ${bad.id} leads to ${url}, but cannot be used as it is. Under ${registration.page}/settings/hooks/${bad.id}: ${wrong.join('; ')}.`
    return { ...WEBHOOK, state: 'manual', detail }
  }
  const detail = `No webhook of ${registration.config.repository} leads to ${url}.`
  return { ...WEBHOOK, state: 'missing', detail, apply: (signal) => create(registration, url, signal) }
}

function pingStep(registration: Registration, hook: Hook | undefined): ProvisionStep {
  const step = { id: 'webhooks.ping', title: 'Test event (ping)' }
  if (!hook) return { ...step, state: 'missing', detail: 'First the webhook.' }
  const { code, message } = hook
  if (code !== null && code >= 200 && code < 300)
    return { ...step, state: 'present', detail: `The last delivery was answered with ${code}.` }
  const found =
    code === null
      ? 'No delivery has been answered yet. After a ping, run this again in a few seconds.'
      : code === 401
        ? 'The hub refused the last delivery with 401: the secret of the webhook is not `webhookSecret`. Mend that, then ping.'
        : `The last delivery failed: ${code} ${message}. Is the hub running and reachable for GitHub? Then ping.`
  return { ...step, state: 'missing', detail: found, apply: (signal) => ping(registration, hook.id, signal) }
}

async function create({ config, client, now }: Registration, url: string, signal: AbortSignal): Promise<void> {
  const listed = await client.hooks(signal)
  // One is there meanwhile; planning anew will tell whether it can be used.
  if (!isLacking(listed, now()) && hooksAt(url, demand(listed, now())).length > 0) return
  const answer = await client.createHook({ url, secret: config.webhookSecret }, signal)
  if (isLacking(answer, now())) throw new VendorError('unauthorised', lacks(config.repository, 'write'))
  const verdict = classify(answer, now())
  if (verdict.kind === 'refused') {
    const hint = 'GitHub must be able to reach the URL over the public Internet, and takes twenty webhooks for an event.'
    throw new VendorError('reject', `GitHub does not make the webhook: ${verdict.why}. ${hint}`)
  }
  demand(answer, now())
}

async function ping({ config, client, now }: Registration, hook: number, signal: AbortSignal): Promise<void> {
  const answer = await client.ping(hook, signal)
  if (answer.exchange.status === 204) return
  if (isLacking(answer, now())) throw new VendorError('unauthorised', lacks(config.repository, 'write'))
  demand(answer, now())
}

/** Without the scope, webhooks are hidden (404) rather than forbidden (403). */
function isLacking(answer: Answer, now: number): boolean {
  const { kind } = classify(answer, now)
  return kind === 'credentials' || kind === 'missing'
}

function lacks(repository: string, verb: 'read' | 'write'): string {
  return `The token may not ${verb} webhooks. A fine-grained token or an app needs the repository permission Webhooks: Read and write (repository_hooks=write), a classic token the scope admin:repo_hook; a person must also be an admin of ${repository}.`
}

function byHand({ page, hookUrl }: Registration): string {
  return hookUrl === null
    ? ''
    : `Or make it by hand under ${page}/settings/hooks: payload URL ${hookUrl}, content type application/json, as secret the value of \`webhookSecret\`, the event Issues.`
}

/** Those that lead to the hub, whatever else they do. Twenty may share an event, so a page of a hundred holds them. */
function hooksAt(url: string | null, listed: unknown): Hook[] {
  if (!Array.isArray(listed)) throw new VendorError('unauthorised', 'GitHub GET hooks: no list. Check baseUrl and any proxy between')
  return listed.map(asObject).flatMap(({ id, active, events, config, last_response: last }) => {
    const { url: to, content_type: type } = asObject(config)
    if (typeof id !== 'number' || url === null || typeof to !== 'string' || !isSame(to, url)) return []
    const { code, message } = asObject(last)
    const names = asArray(events)
    return {
      id,
      isActive: active === true,
      tellsOfIssues: names.includes('issues') || names.includes('*'),
      isJson: type === 'json',
      code: typeof code === 'number' ? code : null,
      message: typeof message === 'string' ? message.slice(0, 200) : '',
    }
  })
}

const isGood = ({ isActive, tellsOfIssues, isJson }: Hook): boolean => isActive && tellsOfIssues && isJson

function isSame(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href
}

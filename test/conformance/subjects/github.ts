import { createHash, createHmac } from 'node:crypto'
import { github, type GithubConfig } from '@throughline/github'
import { HUB_TOKEN, HUMAN_TOKEN, type Issue, REPOSITORY, serveGithub, WEBHOOK_SECRET } from '@throughline/github/sandbox'
import type { Fields } from '@throughline/sdk'
import type { LimitAnswer, Remote, StreamSubject, Subject, WebhookChange, WebhookSubject } from '../subject.ts'
import { createHttp } from './http.ts'

const issues: StreamSubject = {
  sample: (n) => ({ title: `Issue ${n}`, body: `What happened ${n}`, status: 'open', priority: 'high' }),
  change: (n) => ({ title: `Changed ${n}`, body: `What else happened ${n}`, status: 'closed' }),
  clearable: 'body',
  unmapped: { milestone: 1, otherLabels: 'bug,help wanted' },
  refused: { title: 'x'.repeat(257) },
  absentId: '987654321',
  findable: {
    field: 'title',
    values: [`O'Brien & "Sons" say:no`, 'is:open label:"x y" \\ %', '100 % *Stars* _Under', 'OBrien & Sons say:no', 'repo:other/one'],
  },
}

const MARKER = /(\n\n)?<!-- throughline:([0-9a-z-]+) -->$/
const valueOf = (labels: readonly string[], group: string): string | undefined =>
  labels.find((name) => name.startsWith(`${group}:`))?.slice(group.length + 1)

/** What GitHub holds, said in the connector's properties. */
function fieldsOf(issue: Issue): Fields {
  const body = (issue.body ?? '').replace(MARKER, '')
  return {
    title: issue.title,
    body: body === '' ? null : body,
    status: issue.state === 'closed' ? 'closed' : (valueOf(issue.labels, 'status') ?? 'open'),
    priority: valueOf(issue.labels, 'priority') ?? null,
    throughline_id: MARKER.exec(issue.body ?? '')?.[2] ?? null,
    milestone: issue.milestone,
    otherLabels: issue.labels.filter((name) => !/^(status|priority):/.test(name)).join(','),
  }
}

/** A planted row in the vendor's words. */
function rowOf({ title, body, status, priority, milestone, otherLabels }: Fields): Record<string, unknown> {
  const others = typeof otherLabels === 'string' ? otherLabels.split(',') : []
  const labels = [...others, ...(typeof priority === 'string' ? [`priority:${priority}`] : [])]
  return { title, body, state: status === 'closed' ? 'closed' : 'open', labels, milestone: milestone ?? null }
}

const secondary = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' }
const primary = { message: 'API rate limit exceeded for user ID 1.' }

const limits: readonly LimitAnswer[] = [
  { what: 'a secondary limit that says when', answer: { status: 403, body: secondary, headers: { 'retry-after': '9' } }, waitMs: 9_000 },
  { what: 'a secondary limit that does not', answer: { status: 403, body: secondary }, waitMs: 60_000 },
  { what: 'too many requests', answer: { status: 429, body: secondary }, waitMs: 60_000 },
  { what: 'the hour used up', answer: { status: 403, body: primary, headers: { 'x-ratelimit-remaining': '0' } }, waitMs: 60_000 },
]

const actions: Readonly<Record<WebhookChange['type'], string>> = { created: 'opened', changed: 'edited', deleted: 'deleted' }

const webhook: WebhookSubject<GithubConfig> = {
  signatureHeader: 'x-hub-signature-256',
  single: true,
  toleranceMs: { because: 'GitHub signs no time; a replay is known by its delivery id.' },
  body: ([change]) =>
    JSON.stringify({
      action: actions[change!.type],
      issue: { number: Number(change!.id), title: `Number ${change!.n}`, state: 'open', labels: [], updated_at: '2026-11-20T10:00:00Z' },
      repository: { full_name: REPOSITORY },
      sender: { id: 1001, login: 'ana', type: 'User' },
    }),
  brokenBody: () => JSON.stringify({ action: 'opened', repository: { full_name: REPOSITORY } }),
  sign(config, body, at) {
    const hash = createHash('sha256').update(body).digest('hex')
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'issues',
      // The same for a redelivery, which repeats the body.
      'x-github-delivery': `${hash.slice(0, 8)}-${hash.slice(8, 12)}-11f0-8000-${hash.slice(12, 24)}`,
      'x-hub-signature-256': `sha256=${createHmac('sha256', config.webhookSecret).update(body).digest('hex')}`,
    }
    return { method: 'POST', url: 'https://hub.example.com/hooks/github', headers, body: Buffer.from(body), receivedAt: at }
  },
  otherSecret: (config) => ({ ...config, webhookSecret: 'another-secret' }),
}

async function start(): Promise<Remote<GithubConfig>> {
  const sandbox = await serveGithub(0)
  const human = createHttp(`${sandbox.url}/repos/${REPOSITORY}`, { authorization: `token ${HUMAN_TOKEN}` })
  const admin = createHttp(`${sandbox.url}/_sandbox`, {})
  await human('POST', '/milestones', { title: 'Next' })
  await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
  return {
    url: sandbox.url,
    config: { repository: REPOSITORY, token: HUB_TOKEN, webhookSecret: WEBHOOK_SECRET, baseUrl: sandbox.url },
    now: () => sandbox.clock.now(),
    plant: (_stream, rows, at) => Promise.resolve(sandbox.plant(rows.map(rowOf), at).map(({ number }) => String(number))),
    async edit(_stream, id, { title, body, status }) {
      await human('PATCH', `/issues/${id}`, { title, body, state: status })
    },
    remove: async (_stream, id) => void (await admin('POST', '/remove', { number: Number(id) })),
    truth: () => Promise.resolve(new Map(sandbox.state().map((issue): [string, Fields] => [String(issue.number), fieldsOf(issue)]))),
    close: () => sandbox.close(),
  }
}

export const githubSubject: Subject<GithubConfig> = {
  connector: github,
  writeCalls: /^(POST|PATCH) .*\/issues(\/\d+)?$/,
  limits,
  streams: { issues },
  webhook,
  start,
}

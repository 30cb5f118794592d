import { ghost, type GhostConfig } from '@throughline/cms'
import { GHOST_KEY, GHOST_WEBHOOK_SECRET, ghostSignature, serveGhost, type GhostSandbox } from '@throughline/cms/sandbox'
import type { Fields } from '@throughline/sdk'
import { conformance } from './conformance.ts'
import type { Remote, Subject, WebhookChange } from './subject.ts'

/** What a person gives a post, as Ghost keeps it: the campaign is a tag. */
function postOf({ campaign, ...fields }: Fields): Fields {
  return { ...fields, ...(campaign === undefined ? {} : { tags: campaign === null ? [] : [{ name: `#campaign ${String(campaign)}` }] }) }
}

function truthOf(sandbox: GhostSandbox): Map<string, Fields> {
  const campaign = (names: readonly string[]) => names.find((name) => name.startsWith('#campaign '))?.slice(10) ?? null
  return new Map([...sandbox.store.posts].map(([id, post]) => [id, { ...post, campaign: campaign(post.tags.map((tag) => tag.name)) }]))
}

function body([change]: readonly WebhookChange[]): string {
  if (!change) return ''
  const updated_at = new Date(Date.UTC(2026, 10, 20, 12, 0, change.n)).toISOString()
  const post = { id: change.id, title: 'Hello', status: 'draft', updated_at, tags: [] }
  switch (change.type) {
    case 'created':
      return JSON.stringify({ event: 'post.added', post: { current: post, previous: {} } })
    case 'changed':
      return JSON.stringify({ event: 'post.edited', post: { current: post, previous: { title: 'Hi' } } })
    case 'deleted':
      return JSON.stringify({ event: 'post.deleted', post: { current: {}, previous: post } })
  }
}

async function start(): Promise<Remote<GhostConfig>> {
  const sandbox = await serveGhost(0)
  return {
    url: sandbox.url,
    config: { url: sandbox.url, adminKey: GHOST_KEY, webhookSecret: GHOST_WEBHOOK_SECRET },
    now: () => Date.now(),
    plant: (_stream, rows, at = Date.now()) => Promise.resolve(rows.map((row) => sandbox.store.create(postOf(row), at).id)),
    edit(_stream, id, fields) {
      sandbox.store.update(id, postOf(fields), sandbox.store.posts.get(id)?.updated_at, Date.now())
      return Promise.resolve()
    },
    remove: (_stream, id) => Promise.resolve(sandbox.store.remove(id)),
    truth: () => Promise.resolve(truthOf(sandbox)),
    close: () => sandbox.close(),
  }
}

const subject: Subject<GhostConfig> = {
  connector: ghost,
  writeCalls: /^(POST|PUT|DELETE) \/ghost\/api\/admin\/posts/,
  limits: [
    { what: 'a rate limit in front of it', answer: { status: 429, headers: { 'retry-after': '9' } }, waitMs: 9_000 },
    { what: 'a limit without a time', answer: { status: 429 }, waitMs: null },
  ],
  streams: {
    articles: {
      sample: (n) => ({ title: `Article ${n}`, slug: `article-${n}`, custom_excerpt: 'How it works.', campaign: 'Spring' }),
      change: (n) => ({ title: `Changed ${n}`, campaign: `Autumn ${n}` }),
      clearable: 'custom_excerpt',
      unmapped: { html: '<p>Long words.</p>', meta_title: 'Words' },
      refused: { title: 'x'.repeat(256) },
      absentId: '6b0039de4d8ae551ca16f2ef',
      findable: {
        field: 'title',
        values: [`O'Brien & Co`, 'The "Quoted" \\ [One]', '100 % _under, (more) + less', 'back\\', 'OBrien & Co', 'The Quoted One'],
      },
    },
  },
  webhook: {
    single: true,
    toleranceMs: 300_000,
    signatureHeader: 'x-ghost-signature',
    body,
    brokenBody: () => JSON.stringify({ event: 'post.edited', post: { current: {}, previous: {} } }),
    sign: (config, text, at) => ({
      method: 'POST',
      url: 'https://hub.example.com/hooks/ghost',
      headers: { 'content-type': 'application/json', 'x-ghost-signature': ghostSignature(config.webhookSecret, text, at) },
      body: Buffer.from(text),
      receivedAt: Date.now(),
    }),
    otherSecret: (config) => ({ ...config, webhookSecret: 'another-secret' }),
  },
  start,
}

conformance(subject)

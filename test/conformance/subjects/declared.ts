import { directus, wordpress, type DeclaredConfig } from '@throughline/cms'
import {
  DIRECTUS_TOKEN,
  DIRECTUS_WEBHOOK_TOKEN,
  serveDirectus,
  serveWordpress,
  WORDPRESS_TOKEN,
  WORDPRESS_WEBHOOK_SECRET,
  wordpressHeaders,
} from '@throughline/cms/sandbox'
import type { Fields } from '@throughline/sdk'
import type { LimitAnswer, Remote, Subject, WebhookChange } from '../subject.ts'

const limits: readonly LimitAnswer[] = [
  { what: 'a limit with Retry-After', answer: { status: 429, headers: { 'retry-after': '9' } }, waitMs: 9_000 },
  { what: 'a limit without a time', answer: { status: 429 }, waitMs: null },
]

async function startDirectus(): Promise<Remote<DeclaredConfig>> {
  const sandbox = await serveDirectus(0)
  const { store } = sandbox
  return {
    url: sandbox.url,
    config: { url: sandbox.url, token: DIRECTUS_TOKEN, webhookSecret: DIRECTUS_WEBHOOK_TOKEN },
    now: () => Date.now(),
    plant: (_stream, rows, at = Date.now()) => Promise.resolve(rows.map((row) => String(store.create(row, at).id))),
    edit: (_stream, id, fields) => Promise.resolve(void store.update([Number(id)], fields, Date.now())),
    remove: (_stream, id) => Promise.resolve(store.remove([Number(id)])),
    truth: () => Promise.resolve(new Map([...store.items].map(([id, item]): [string, Fields] => [String(id), { ...item }]))),
    close: () => sandbox.close(),
  }
}

export const directusSubject: Subject<DeclaredConfig> = {
  connector: directus,
  writeCalls: /^(POST|PATCH|DELETE) \/items\/articles/,
  limits,
  streams: {
    articles: {
      sample: (n) => ({ title: `Article ${n}`, slug: `article-${n}`, summary: 'How it works.', campaign: 'Spring', status: 'published' }),
      change: (n) => ({ title: `Changed ${n}`, campaign: `Autumn ${n}` }),
      clearable: 'summary',
      unmapped: { body: 'Long words.' },
      refused: { title: 'x'.repeat(256) },
      absentId: '987654321',
      findable: {
        field: 'title',
        values: [`O'Brien, & Co`, 'The "Quoted" \\ [One]', '{values:json} 100 % _under', 'OBrien & Co', 'The Quoted One'],
      },
    },
  },
  start: startDirectus,
}

/** WordPress keeps these two as meta values. */
function postOf({ campaign, throughline_id, ...fields }: Fields): Fields {
  const meta = { ...(campaign === undefined ? {} : { campaign }), ...(throughline_id === undefined ? {} : { throughline_id }) }
  return { ...fields, meta }
}

async function startWordpress(): Promise<Remote<DeclaredConfig>> {
  const sandbox = await serveWordpress(0)
  const { store } = sandbox
  const post = (id: string) => store.posts.get(Number(id))!
  return {
    url: sandbox.url,
    config: { url: sandbox.url, token: WORDPRESS_TOKEN, webhookSecret: WORDPRESS_WEBHOOK_SECRET },
    now: () => Date.now(),
    plant: (_stream, rows, at = Date.now()) => Promise.resolve(rows.map((row) => String(store.create(postOf(row), at).id))),
    edit: (_stream, id, fields) => Promise.resolve(void store.update(post(id), postOf(fields), Date.now())),
    remove: (_stream, id) => Promise.resolve(void store.trash(post(id), Date.now())),
    truth: () => {
      const living = [...store.posts.values()].filter(({ status }) => status !== 'trash')
      return Promise.resolve(new Map(living.map(({ meta, ...own }): [string, Fields] => [String(own.id), { ...own, ...meta }])))
    },
    close: () => sandbox.close(),
  }
}

const events: Readonly<Record<WebhookChange['type'], string>> = {
  created: 'post.created',
  changed: 'post.updated',
  deleted: 'post.trashed',
}

export const wordpressSubject: Subject<DeclaredConfig> = {
  connector: wordpress,
  writeCalls: /^(POST|DELETE) \/wp-json\/wp\/v2\/posts/,
  limits,
  streams: {
    articles: {
      sample: (n) => ({ title: `Article ${n}`, slug: `article-${n}`, excerpt: 'How it works.', campaign: 'Spring' }),
      change: (n) => ({ title: `Changed ${n}`, campaign: `Autumn ${n}` }),
      clearable: 'excerpt',
      unmapped: { content: 'Long words.' },
      refused: { status: 'nonsense' },
      absentId: '987654321',
      findable: { field: 'slug', values: ['one-article', 'one-article-2', 'one', 'one_article', 'onearticle'] },
    },
  },
  webhook: {
    single: true,
    toleranceMs: 300_000,
    signatureHeader: 'x-throughline-signature',
    body: ([change]) =>
      change === undefined
        ? ''
        : JSON.stringify({ delivery: `d-${change.n}`, event: events[change.type], post_type: 'post', post_id: Number(change.id) }),
    brokenBody: () => JSON.stringify({ delivery: 'd', event: 'post.updated', post_type: 'post' }),
    sign: ({ webhookSecret = '' }, text, at) => ({
      method: 'POST',
      url: 'https://hub.example.com/hooks/wordpress',
      headers: wordpressHeaders(webhookSecret, text, at),
      body: Buffer.from(text),
      receivedAt: Date.now(),
    }),
    otherSecret: (config) => ({ ...config, webhookSecret: 'another-secret' }),
  },
  start: startWordpress,
}

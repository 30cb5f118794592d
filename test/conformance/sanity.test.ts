import { sanity, type SanityConfig } from '@throughline/cms'
import {
  SANITY_PROJECT,
  SANITY_TOKEN,
  SANITY_WEBHOOK_SECRET,
  sanityEvent,
  type SanitySandbox,
  sanitySignature,
  serveSanity,
} from '@throughline/cms/sandbox'
import type { Fields } from '@throughline/sdk'
import { conformance } from './conformance.ts'
import type { Remote, Subject, WebhookChange } from './subject.ts'

/** A document as the studio makes it; `slug.current` goes into an object. */
function documentOf(row: Fields): Fields {
  const { 'slug.current': slug, ...rest } = row
  return { ...rest, ...(slug === undefined ? {} : { slug: { _type: 'slug', current: slug } }) }
}

function truthOf({ store }: SanitySandbox): Map<string, Fields> {
  const slugOf = (doc: Fields) => (doc.slug as { current?: unknown } | undefined)?.current ?? null
  return new Map([...store.all()].map(([id, doc]) => [id, { ...doc, 'slug.current': slugOf(doc) }]))
}

function body([change]: readonly WebhookChange[]): string {
  if (!change) return ''
  const _updatedAt = new Date(Date.UTC(2026, 10, 20, 12, 0, change.n)).toISOString()
  const operation = { created: 'create', changed: 'update', deleted: 'delete' }[change.type]
  return sanityEvent(operation, { _id: change.id, _type: 'article', _rev: `rev-${change.n}`, _updatedAt })
}

async function start(): Promise<Remote<SanityConfig>> {
  const sandbox = await serveSanity(0)
  const { store } = sandbox
  return {
    url: sandbox.url,
    config: { url: sandbox.url, projectId: SANITY_PROJECT, token: SANITY_TOKEN, webhookSecret: SANITY_WEBHOOK_SECRET },
    now: () => Date.now(),
    plant(_stream, rows, at = Date.now()) {
      const made = store.transact(
        rows.map((row) => ({ create: { ...documentOf(row), _type: 'article' } })),
        at,
      )
      return Promise.resolve(made.map(({ id }) => id))
    },
    edit: (_stream, id, row) => Promise.resolve(void store.transact([{ patch: { id, set: row } }], Date.now())),
    remove: (_stream, id) => Promise.resolve(void store.transact([{ delete: { id } }], Date.now())),
    truth: () => Promise.resolve(truthOf(sandbox)),
    close: () => sandbox.close(),
  }
}

const subject: Subject<SanityConfig> = {
  connector: sanity,
  writeCalls: /^POST \/v2025-02-19\/data\/mutate\//,
  limits: [
    { what: 'mutations of a second used up', answer: { status: 429, headers: { 'retry-after': '9' } }, waitMs: 9_000 },
    { what: 'a limit without a time', answer: { status: 429 }, waitMs: null },
  ],
  streams: {
    articles: {
      sample: (n) => ({ title: `Article ${n}`, 'slug.current': `article-${n}`, summary: 'How it works.', campaign: 'Spring' }),
      change: (n) => ({ title: `Changed ${n}`, campaign: `Autumn ${n}` }),
      clearable: 'summary',
      unmapped: { body: [{ _type: 'block', children: [{ _type: 'span', text: 'Long words.' }] }], featured: true },
      // Sanity's API knows no schema; a reference to nowhere it refuses.
      refused: { 'author._ref': 'no-such-author' },
      absentId: '0b0f5f7e-6f1a-4a52-9d1d-2f3c4b5a6978',
      findable: {
        field: 'title',
        values: [
          `O'Brien & Co`,
          'The "Quoted" \\ [One]',
          '100 % _under, $more * || true',
          ' spaced ',
          'back\\',
          'OBrien & Co',
          'The Quoted One',
        ],
      },
    },
  },
  webhook: {
    single: true,
    toleranceMs: 300_000,
    signatureHeader: 'sanity-webhook-signature',
    body,
    brokenBody: () => JSON.stringify({ _type: 'article', _rev: 'rev-1', operation: 'update' }),
    sign: (config, text, at) => ({
      method: 'POST',
      url: 'https://hub.example.com/hooks/sanity',
      headers: { 'content-type': 'application/json', 'sanity-webhook-signature': sanitySignature(config.webhookSecret, text, at) },
      body: Buffer.from(text),
      receivedAt: Date.now(),
    }),
    otherSecret: (config) => ({ ...config, webhookSecret: 'another-secret' }),
  },
  start,
}

conformance(subject)

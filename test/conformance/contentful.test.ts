import { contentful, type ContentfulConfig } from '@throughline/cms'
import {
  CONTENTFUL_SPACE,
  CONTENTFUL_TOKEN,
  CONTENTFUL_WEBHOOK_SECRET,
  contentfulHeaders,
  type ContentfulSandbox,
  serveContentful,
} from '@throughline/cms/sandbox'
import type { Fields } from '@throughline/sdk'
import { conformance } from './conformance.ts'
import type { Remote, Subject, WebhookChange } from './subject.ts'

type Localized = Record<string, Record<string, unknown>>

/** Fields as an editor fills them in; `title.de` is the title in German. */
function localized(row: Fields, held: Localized = {}): Localized {
  const all = { ...held }
  for (const [path, value] of Object.entries(row)) {
    const [name = '', locale = 'en-US'] = path.split('.')
    all[name] = { ...all[name], [locale]: value }
  }
  return all
}

function truthOf({ store }: ContentfulSandbox): Map<string, Fields> {
  const flat = (fields: Localized) =>
    Object.entries(fields).flatMap(([name, values]) =>
      Object.entries(values).map(([locale, value]) => [locale === 'en-US' ? name : `${name}.${locale}`, value] as const),
    )
  return new Map([...store.entries].map(([id, { fields }]) => [id, { 'sys.id': id, ...Object.fromEntries(flat(fields)) }]))
}

async function start(): Promise<Remote<ContentfulConfig>> {
  const sandbox = await serveContentful(0)
  const { store } = sandbox
  return {
    url: sandbox.url,
    config: { url: sandbox.url, space: CONTENTFUL_SPACE, token: CONTENTFUL_TOKEN, webhookSecret: CONTENTFUL_WEBHOOK_SECRET },
    now: () => Date.now(),
    plant: (_stream, rows, at = Date.now()) =>
      Promise.resolve(rows.map((row) => store.create(store.newId(), localized(row), undefined, at, 'editor-user').sys.id)),
    edit(_stream, id, row) {
      const { fields, metadata } = store.need(id, null)
      store.update(id, null, localized(row, fields), metadata, Date.now(), 'editor-user')
      return Promise.resolve()
    },
    remove: (_stream, id) => Promise.resolve(store.remove(id, null)),
    truth: () => Promise.resolve(truthOf(sandbox)),
    close: () => sandbox.close(),
  }
}

const TOPICS = { created: 'create', changed: 'save', deleted: 'delete' } as const

function body([change]: readonly WebhookChange[]): string {
  if (!change) return ''
  const link = (linkType: string, id: string): object => ({ sys: { type: 'Link', linkType, id } })
  const sys = {
    id: change.id,
    type: change.type === 'deleted' ? 'DeletedEntry' : 'Entry',
    version: change.n + 1,
    updatedAt: new Date(Date.UTC(2026, 10, 20, 12, 0, change.n)).toISOString(),
    environment: link('Environment', 'master'),
    contentType: link('ContentType', 'article'),
  }
  return JSON.stringify({ sys, ...(change.type === 'deleted' ? {} : { fields: { title: { 'en-US': TOPICS[change.type] } } }) })
}

/** Which topic a body of this suite goes with. */
function topicOf(text: string): string {
  return `ContentManagement.Entry.${text.includes('DeletedEntry') ? 'delete' : text.includes('"version":1,') ? 'create' : 'save'}`
}

const subject: Subject<ContentfulConfig> = {
  connector: contentful,
  writeCalls: /^(PUT|DELETE) \/spaces\/[^/]+\/environments\/[^/]+\/entries/,
  limits: [
    { what: 'calls of a second used up', answer: { status: 429, headers: { 'x-contentful-ratelimit-reset': '1' } }, waitMs: 1_000 },
    { what: 'calls of an hour used up', answer: { status: 429, headers: { 'x-contentful-ratelimit-reset': '900' } }, waitMs: 900_000 },
    { what: 'a limit without a time', answer: { status: 429 }, waitMs: null },
  ],
  streams: {
    articles: {
      sample: (n) => ({ title: `Article ${n}`, slug: `article-${n}`, summary: 'How it works.', campaign: 'Spring' }),
      change: (n) => ({ title: `Changed ${n}`, campaign: `Autumn ${n}` }),
      clearable: 'summary',
      unmapped: { email: 'author@example.com', 'title.de': 'Artikel', 'summary.de': 'Wie es geht.' },
      refused: { title: 'x'.repeat(257) },
      absentId: '5KsDBWseXY6QegucYAoacS',
      findable: {
        field: 'title',
        values: [
          `O'Brien & Co`,
          'The "Quoted" \\ [One]',
          '100 % _under, more',
          'more',
          ' spaced ',
          'OBrien & Co',
          'The Quoted One',
          'a+b=c?&d',
        ],
      },
    },
  },
  webhook: {
    single: true,
    toleranceMs: 300_000,
    signatureHeader: 'x-contentful-signature',
    body,
    brokenBody: () => JSON.stringify({ sys: { type: 'Entry', version: 2 }, fields: {} }),
    sign: (config, text, at) => ({
      method: 'POST',
      url: 'https://hub.example.com/hooks/contentful',
      headers: contentfulHeaders(config.webhookSecret, '/hooks/contentful', topicOf(text), text, at),
      body: Buffer.from(text),
      receivedAt: Date.now(),
    }),
    otherSecret: (config) => ({ ...config, webhookSecret: 'b'.repeat(64) }),
  },
  start,
}

conformance(subject)

import { strapi, type StrapiConfig } from '@throughline/cms'
import { serveStrapi, STRAPI_TOKEN, STRAPI_WEBHOOK_TOKEN } from '@throughline/cms/sandbox'
import type { Fields } from '@throughline/sdk'
import { conformance } from './conformance.ts'
import { createHttp } from './subjects/http.ts'
import type { Remote, Subject } from './subject.ts'

async function start(): Promise<Remote<StrapiConfig>> {
  const sandbox = await serveStrapi(0)
  const human = createHttp(sandbox.url, { authorization: `Bearer ${STRAPI_TOKEN}` })
  const at = (id: string): string => `/api/articles/${id}?status=draft`
  return {
    url: sandbox.url,
    config: { url: sandbox.url, token: STRAPI_TOKEN, webhookToken: STRAPI_WEBHOOK_TOKEN },
    now: () => Date.now(),
    plant: (_stream, rows, time = Date.now()) => Promise.resolve(rows.map((row) => sandbox.store.create(row, false, time).documentId)),
    edit: async (_stream, id, data) => void (await human('PUT', at(id), { data })),
    remove: async (_stream, id) => void (await human('DELETE', at(id))),
    truth: () => Promise.resolve(new Map([...sandbox.store.documents].map(([id, { draft }]): [string, Fields] => [id, draft]))),
    close: () => sandbox.close(),
  }
}

const subject: Subject<StrapiConfig> = {
  connector: strapi,
  writeCalls: /^(POST|PUT|DELETE) \/api\/articles/,
  limits: [
    { what: 'a rate limit in front of it', answer: { status: 429, headers: { 'retry-after': '9' } }, waitMs: 9_000 },
    { what: 'a limit without a time', answer: { status: 429 }, waitMs: null },
  ],
  streams: {
    articles: {
      sample: (n) => ({ title: `Article ${n}`, slug: `article-${n}`, summary: 'How it works.', campaign: 'Spring' }),
      change: (n) => ({ title: `Changed ${n}`, campaign: `Autumn ${n}` }),
      clearable: 'summary',
      unmapped: { body: 'Long words.', email: 'author@example.com' },
      refused: { slug: 'not a slug' },
      absentId: 'zi4o6za3qe8e4pw2ejhskbnw',
      findable: {
        field: 'title',
        values: [`O'Brien & Co`, 'The "Quoted" \\ [One]', '100 % _under, more', 'OBrien & Co', 'The Quoted One'],
      },
    },
  },
  start,
}

conformance(subject)

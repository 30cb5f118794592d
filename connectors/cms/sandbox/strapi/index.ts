import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { bearer, type Route, routes } from '../answer.ts'
import { seedArticles, type SeedOrder } from '../seed.ts'
import { createSender, type Sender, type WebhookSettings } from '../sender.ts'
import { errorBody, refuse } from './errors.ts'
import { readQuery } from './query.ts'
import { createStore, type EventName, type Row, type Store } from './store.ts'

export const STRAPI_TOKEN = 'strapi-token'
export const STRAPI_WEBHOOK_TOKEN = 'strapi-webhook-token'

export interface StrapiSandbox extends Sandbox {
  readonly store: Store
  readonly webhooks: Sender
}

/** The body that Strapi sends, made when it is sent: `createdAt` is that time. */
export function strapiEvent(event: string, entry: object, at: number): string {
  return JSON.stringify({ event, createdAt: new Date(at).toISOString(), model: 'article', uid: 'api::article.article', entry })
}

/** A stand-in for a Strapi 5 server with one content type, on loopback. Port 0 takes a free one. */
export async function serveStrapi(
  port: number,
  options: { readonly seed?: number; readonly webhooks?: Partial<WebhookSettings> } = {},
): Promise<StrapiSandbox> {
  const random = seededRandom(options.seed ?? 1)
  const webhooks = createSender(seededRandom((options.seed ?? 1) + 1), { timeoutMs: 10_000, concurrency: 5 }, options.webhooks)
  const tell = (event: EventName, entry: Row): void => {
    const copy = { ...entry }
    webhooks.tell(() => ({
      headers: { 'x-hub-token': STRAPI_WEBHOOK_TOKEN, 'x-strapi-event': event, 'content-type': 'application/json' },
      body: strapiEvent(event, copy, Date.now()),
    }))
  }
  const store = createStore(random, tell)
  const route = routes(
    (request) => {
      const token = bearer(request)
      if (token === null) throw refuse(403)
      if (token !== STRAPI_TOKEN) throw refuse(401)
    },
    () => refuse(400, 'Unexpected token in JSON'),
  )
  /** The content API publishes at once unless told not to. */
  const isPublished = ({ url }: Route): boolean => url.searchParams.get('status') !== 'draft'
  const dataOf = async (given: Route): Promise<Record<string, unknown>> => {
    const { data } = await given.json()
    if (typeof data !== 'object' || data === null) throw refuse(400, 'Missing "data" payload in the request body')
    return data as Record<string, unknown>
  }

  const handlers = [
    route('get', '*/api/articles', ({ url }) => {
      const query = readQuery(url)
      const rows = [...store.documents.values()].flatMap((document) => document[query.status] ?? [])
      const found = rows.filter((row) => query.keeps(row)).toSorted((a, b) => query.compare(a, b))
      const { page, pageSize } = query
      const counted = query.withCount ? { pageCount: Math.ceil(found.length / pageSize), total: found.length } : {}
      return { body: { data: found.slice((page - 1) * pageSize, page * pageSize), meta: { pagination: { page, pageSize, ...counted } } } }
    }),
    route('get', '*/api/articles/:id', ({ url, part }) => {
      const row = store.documents.get(part('id'))?.[readQuery(url).status]
      if (!row) throw refuse(404)
      return { body: { data: row, meta: {} } }
    }),
    route('post', '*/api/articles', async (given) => ({
      status: 201,
      body: { data: store.create(await dataOf(given), isPublished(given), Date.now()), meta: {} },
    })),
    route('put', '*/api/articles/:id', async (given) => ({
      body: { data: store.update(given.part('id'), await dataOf(given), isPublished(given), Date.now()), meta: {} },
    })),
    route('delete', '*/api/articles/:id', ({ part }) => {
      store.remove(part('id'))
      return { status: 204 }
    }),
  ]

  const sandbox = await serveSandbox(
    {
      name: 'Strapi',
      handlers,
      errorBody,
      isWrite: (call) => /^(POST|PUT|DELETE) /.test(call),
      admin: {
        /** As an editor does: `{rows, at, published}`; answers document ids. */
        plant(input) {
          const {
            rows,
            at = Date.now(),
            published = false,
          } = input as { rows: Record<string, unknown>[]; at?: number; published?: boolean }
          return rows.map((row) => store.create(row, published, at).documentId)
        },
        publish: (input) => store.publish((input as { id: string }).id, Date.now()),
        unpublish: (input) => store.unpublish((input as { id: string }).id),
        discard: (input) => store.discard((input as { id: string }).id),
        edit: (input) => {
          const { id, fields, published = false } = input as { id: string; fields: Record<string, unknown>; published?: boolean }
          return store.update(id, fields, published, Date.now())
        },
        seed: (input) =>
          seedArticles((input ?? {}) as SeedOrder).map((article) => store.create({ ...article }, true, Date.now()).documentId),
        state: () => Object.fromEntries(store.documents),
        reset: () => {
          store.clear()
          webhooks.clear()
        },
        webhooks: (input) => webhooks.settings((input ?? {}) as Partial<WebhookSettings>),
      },
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
    port,
  )
  const { close } = sandbox
  return Object.assign(sandbox, {
    store,
    webhooks,
    close: () => {
      webhooks.stop()
      return close()
    },
  })
}

import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { bearer, Refusal, routes } from '../answer.ts'
import { seedArticles, type SeedOrder } from '../seed.ts'
import { createSender, type Sender, type WebhookSettings } from '../sender.ts'
import { createStore, type Item, type Store, type Tell } from './store.ts'
import { readQuery } from './query.ts'

export const DIRECTUS_TOKEN = 'directus-token'
export const DIRECTUS_WEBHOOK_TOKEN = 'directus-webhook-token'

export interface DirectusSandbox extends Sandbox {
  readonly store: Store
  readonly webhooks: Sender
}

const CODES: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['INVALID_PAYLOAD', 'Invalid payload.'],
  401: ['INVALID_CREDENTIALS', 'Invalid user credentials.'],
  403: ['FORBIDDEN', "You don't have permission to access this."],
  404: ['ROUTE_NOT_FOUND', "Route doesn't exist."],
  429: ['REQUESTS_EXCEEDED', 'Too many requests.'],
  503: ['SERVICE_UNAVAILABLE', 'Service is unavailable.'],
}

export function errorBody(status: number): { readonly body: unknown } {
  const [code, message] = CODES[status] ?? ['INTERNAL_SERVER_ERROR', 'An unexpected error occurred.']
  return { body: { errors: [{ message, extensions: { code } }] } }
}

export function refuse(status: number, code?: string): Refusal {
  const [standard, message] = CODES[status] ?? ['INTERNAL_SERVER_ERROR', 'An unexpected error occurred.']
  return new Refusal(status, { errors: [{ message, extensions: { code: code ?? standard } }] })
}

/** A stand-in for a Directus project with one collection, on loopback. Port 0 takes a free one. */
export async function serveDirectus(
  port: number,
  options: { readonly seed?: number; readonly webhooks?: Partial<WebhookSettings> } = {},
): Promise<DirectusSandbox> {
  const webhooks = createSender(seededRandom((options.seed ?? 1) + 1), { timeoutMs: 5_000, concurrency: 10 }, options.webhooks)
  // A create names one `key`, everything else `keys`; nothing says when.
  const tell: Tell = (event, payload, keys) => {
    const named = event === 'create' ? { key: keys[0] } : { keys }
    const body = JSON.stringify({ event: `articles.items.${event}`, payload, ...named, collection: 'articles' })
    webhooks.tell(() => ({ headers: { 'x-hub-token': DIRECTUS_WEBHOOK_TOKEN, 'content-type': 'application/json' }, body }))
  }
  const store = createStore(tell, refuse)
  const route = routes(
    (request) => {
      const token = bearer(request)
      if (token === null) throw refuse(403)
      if (token !== DIRECTUS_TOKEN) throw refuse(401)
    },
    () => refuse(400),
  )
  const one = (id: string): Item => {
    const item = store.items.get(Number(id))
    if (!item) throw refuse(403)
    return item
  }
  const handlers = [
    route('get', '*/users/me', () => ({ body: { data: { id: '8f5c1f3e-0000-4000-8000-000000000001' } } })),
    route('get', '*/items/articles', ({ url }) => {
      const { keeps, compare, limit, offset } = readQuery(url, refuse)
      const found = [...store.items.values()].filter(keeps).toSorted(compare)
      return { body: { data: limit < 0 ? found.slice(offset) : found.slice(offset, offset + limit) } }
    }),
    route('get', '*/items/articles/:id', ({ part }) => ({ body: { data: one(part('id')) } })),
    route('post', '*/items/articles', async ({ json }) => ({ body: { data: store.create(await json(), Date.now()) } })),
    route('patch', '*/items/articles', async ({ json }) => {
      const { keys, data } = (await json()) as { keys?: number[]; data?: Record<string, unknown> }
      if (!Array.isArray(keys) || typeof data !== 'object') throw refuse(400)
      for (const key of keys) one(String(key))
      return { body: { data: store.update(keys, data, Date.now()) } }
    }),
    route('patch', '*/items/articles/:id', async ({ part, json }) => ({
      body: { data: store.update([one(part('id')).id], await json(), Date.now())[0] },
    })),
    route('delete', '*/items/articles/:id', ({ part }) => {
      store.remove([one(part('id')).id])
      return { status: 204 }
    }),
  ]
  const sandbox = await serveSandbox(
    {
      name: 'Directus',
      handlers,
      errorBody,
      isWrite: (call) => /^(POST|PATCH|DELETE) /.test(call),
      admin: {
        plant(input) {
          const { rows, at = Date.now() } = input as { rows: Record<string, unknown>[]; at?: number }
          return rows.map((row) => store.create(row, at).id)
        },
        seed: (input) =>
          seedArticles((input ?? {}) as SeedOrder).map(
            (article) => store.create({ ...article, status: 'published', date_published: new Date().toISOString() }, Date.now()).id,
          ),
        state: () => Object.fromEntries(store.items),
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

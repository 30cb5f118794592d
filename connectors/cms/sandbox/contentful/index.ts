import type { RequestHandler } from 'msw'
import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { bearer, type Reply, type Route, routes } from '../answer.ts'
import { seedArticles, type SeedOrder } from '../seed.ts'
import { createSender, type Sender, type WebhookSettings } from '../sender.ts'
import { errorBody, refuse } from './errors.ts'
import { contentfulWebhook } from './hook.ts'
import { createLimiter, type Limits } from './limit.ts'
import { readQuery } from './query.ts'
import { createStore, EDITOR, type Entry, HUB, type Store } from './store.ts'
import { CONTENT_TYPE, contentType, type Fields } from './type.ts'

export { contentfulHeaders } from './hook.ts'

export const CONTENTFUL_TOKEN = 'CFPAT-contentful-token'
export const CONTENTFUL_SPACE = 'space1'
export const CONTENTFUL_WEBHOOK_SECRET = 'Contentful-webhook-secret'.padEnd(64, '0')

export interface ContentfulSandbox extends Sandbox {
  readonly store: Store
  readonly webhooks: Sender
  readonly limits: Limits
}

const TYPED = { 'content-type': 'application/vnd.contentful.management.v1+json' }

/** Texts of a person, as fields in the default locale. */
export function localized(texts: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { 'en-US': value }]))
}

/** A stand-in for Contentful's Content Management API, one space with one content type, on loopback. Port 0 takes a free one. */
export async function serveContentful(
  port: number,
  options: { readonly seed?: number; readonly webhooks?: Partial<WebhookSettings> } = {},
): Promise<ContentfulSandbox> {
  const seed = options.seed ?? 1
  const webhooks = createSender(seededRandom(seed + 1), { timeoutMs: 30_000, concurrency: 10 }, options.webhooks)
  let events = 0
  const store = createStore(seededRandom(seed), CONTENTFUL_SPACE, 'master', (action, entry) => {
    const build = contentfulWebhook(CONTENTFUL_WEBHOOK_SECRET, action, entry, (events += 1), Date.now())
    webhooks.tell(() => build(webhooks.settings().target ?? 'http://nowhere.example/'))
  })
  const limiter = createLimiter()
  const guarded = routes(
    (request) => {
      if (bearer(request) !== CONTENTFUL_TOKEN) throw refuse(401)
    },
    () => refuse(400, { message: 'The body is not valid JSON' }),
  )
  const base = `*/spaces/${CONTENTFUL_SPACE}/environments/master`
  const route = (method: 'get' | 'put' | 'delete', path: string, work: (given: Route) => Reply | Promise<Reply>): RequestHandler =>
    guarded(method, base + path, async (given) => {
      const { headers, refusal } = limiter.take(Date.now())
      if (refusal) return refusal
      const reply = await work(given)
      return { ...reply, headers: { ...headers, ...(reply.body === undefined ? {} : TYPED) } }
    })
  const one = (id: string): Entry => store.need(id, null)

  const handlers = [
    route('get', '/content_types/:id', ({ part }) => {
      if (part('id') !== CONTENT_TYPE) throw refuse(404)
      return { body: contentType(CONTENTFUL_SPACE, 'master') }
    }),
    route('get', '/entries', ({ url }) => {
      const query = readQuery(url)
      const found = [...store.entries.values()].filter((entry) => query.keeps(entry)).toSorted((a, b) => query.compare(a, b))
      const { skip, limit } = query
      return { body: { sys: { type: 'Array' }, total: found.length, skip, limit, items: found.slice(skip, skip + limit) } }
    }),
    route('get', '/entries/:id', ({ part }) => ({ body: one(part('id')) })),
    route('put', '/entries/:id', async (given) => {
      const id = given.part('id')
      const version = versionOf(given)
      const { fields = {}, metadata } = (await given.json()) as { fields?: Record<string, unknown>; metadata?: Entry['metadata'] }
      if (version !== null) return { body: store.update(id, version, fields, metadata, Date.now(), HUB) }
      if (store.entries.has(id)) throw refuse(409, { details: `Version mismatch, expected ${one(id).sys.version}, got none.` })
      if (given.request.headers.get('x-contentful-content-type') !== CONTENT_TYPE) throw refuse(422, { message: 'Unknown content type' })
      return { status: 201, body: store.create(id, fields, metadata, Date.now(), HUB) }
    }),
    route('delete', '/entries/:id', (given) => {
      store.remove(given.part('id'), versionOf(given))
      return { status: 204 }
    }),
    route('put', '/entries/:id/published', (given) => {
      const version = versionOf(given)
      if (version === null) throw refuse(409, { details: 'Version mismatch, got none.' })
      return { body: store.publish(given.part('id'), version, Date.now(), HUB) }
    }),
    route('delete', '/entries/:id/published', (given) => ({ body: store.unpublish(given.part('id'), versionOf(given), Date.now(), HUB) })),
  ]

  const sandbox = await serveSandbox(
    {
      name: 'Contentful',
      handlers,
      errorBody,
      isWrite: (call) => /^(PUT|DELETE) /.test(call),
      admin: {
        /** As an editor does: `{rows, at, published}`, texts in the default locale; answers ids. */
        plant(input) {
          const {
            rows,
            at = Date.now(),
            published = false,
          } = input as { rows: Record<string, unknown>[]; at?: number; published?: boolean }
          return rows.map((row) => {
            const { id } = store.create(store.newId(), localized(row), undefined, at, EDITOR).sys
            if (published) store.publish(id, null, at, EDITOR)
            return id
          })
        },
        /** `{id, fields, auto}`: one save of the web app, or one that it made by itself. */
        edit(input) {
          const { id, fields, auto = false } = input as { id: string; fields: Record<string, unknown>; auto?: boolean }
          const { fields: held, metadata } = one(id)
          return store.update(id, null, { ...held, ...localized(fields) }, metadata, Date.now(), EDITOR, auto ? 'auto_save' : 'save')
        },
        publish: (input) => store.publish((input as { id: string }).id, null, Date.now(), EDITOR),
        unpublish: (input) => store.unpublish((input as { id: string }).id, null, Date.now(), EDITOR),
        archive: (input) => store.archive((input as { id: string }).id, Date.now()),
        remove: (input) => store.remove((input as { id: string }).id, null),
        seed: (input) =>
          seedArticles((input ?? {}) as SeedOrder).map(({ campaign, ...article }) => {
            const fields = localized({ ...article, ...(campaign === null ? {} : { campaign }) })
            const { id } = store.create(store.newId(), fields, undefined, Date.now(), EDITOR).sys
            return store.publish(id, null, Date.now(), EDITOR).sys.id
          }),
        state: () => Object.fromEntries(store.entries),
        reset: () => {
          store.clear()
          webhooks.clear()
          limiter.limits.perSecond = null
        },
        limits: (input) => Object.assign(limiter.limits, input ?? {}),
        webhooks: (input) => webhooks.settings((input ?? {}) as Partial<WebhookSettings>),
      },
      seed,
    },
    port,
  )
  const { close } = sandbox
  return Object.assign(sandbox, {
    store,
    webhooks,
    limits: limiter.limits,
    close: () => {
      webhooks.stop()
      return close()
    },
  })
}

function versionOf({ request }: Route): number | null {
  const text = request.headers.get('x-contentful-version')
  if (text === null) return null
  if (!/^[1-9]\d{0,15}$/.test(text)) {
    throw refuse(422, { details: { errors: [{ name: 'invalid_type', path: ['x-contentful-version'], details: 'Invalid input' }] } })
  }
  return Number(text)
}

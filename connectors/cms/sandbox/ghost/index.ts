import { createHmac } from 'node:crypto'
import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { type Route, routes } from '../answer.ts'
import { seedArticles, type SeedOrder } from '../seed.ts'
import { createSender, type Sender, type WebhookSettings } from '../sender.ts'
import { authenticate } from './auth.ts'
import { errorBody, refuse } from './errors.ts'
import { parseFilter, sqlTime } from './filter.ts'
import { render } from './render.ts'
import { createStore, type EventName, type Post, type Store } from './store.ts'

export const GHOST_KEY = '6b0039d04d8ae551ca16f001:5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592'
export const GHOST_WEBHOOK_SECRET = 's3cret'

export interface GhostSandbox extends Sandbox {
  readonly store: Store
  readonly webhooks: Sender
}

/** `sha256=<hex>, t=<ms>`, over body and time without anything between. */
export function ghostSignature(secret: string, body: string, time: number): string {
  return `sha256=${createHmac('sha256', secret).update(`${body}${time}`).digest('hex')}, t=${time}`
}

/** A stand-in for a Ghost site's Admin API, posts only, on loopback. Port 0 takes a free one. */
export async function serveGhost(
  port: number,
  options: { readonly seed?: number; readonly webhooks?: Partial<WebhookSettings> } = {},
): Promise<GhostSandbox> {
  let base = ''
  const seed = options.seed ?? 1
  const webhooks = createSender(seededRandom(seed + 1), { timeoutMs: 2_000, concurrency: 10, dropOn410: true }, options.webhooks)
  const tell = (event: EventName, current: object, previous: object): void => {
    const body = JSON.stringify({ event: `post.${event}`, post: { current, previous } })
    webhooks.tell(() => ({
      headers: {
        'content-type': 'application/json',
        'content-version': 'v6.65',
        'user-agent': 'Ghost(https://github.com/TryGhost/Ghost)',
        'x-ghost-signature': ghostSignature(GHOST_WEBHOOK_SECRET, body, Date.now()),
      },
      body,
    }))
  }
  const store = createStore(seededRandom(seed), () => base, tell)
  const route = routes(
    (request) => authenticate(request, GHOST_KEY, Date.now()),
    () => refuse(400, 'Unexpected token in JSON'),
  )
  const given = async (call: Route): Promise<Record<string, unknown>> => {
    const { posts } = await call.json()
    const first = Array.isArray(posts) ? (posts[0] as unknown) : undefined
    if (typeof first !== 'object' || first === null) throw refuse(400, "No root key ('posts') provided.")
    return first as Record<string, unknown>
  }
  const shown = (post: Post): object => ({ posts: [render(post, base)] })
  const one = (id: string): Post => {
    if (!/^[0-9a-f]{24}$/.test(id)) throw refuse(422, 'Validation (matches) failed for id')
    const post = store.posts.get(id)
    if (!post) throw refuse(404)
    return post
  }

  const handlers = [
    route('get', '*/ghost/api/admin/posts/', ({ url }) => ({ body: browse([...store.posts.values()], url, (post) => render(post, base)) })),
    route('get', '*/ghost/api/admin/posts/:id/', ({ part }) => ({ body: shown(one(part('id'))) })),
    route('post', '*/ghost/api/admin/posts/', async (call) => ({ status: 201, body: shown(store.create(await given(call), Date.now())) })),
    route('put', '*/ghost/api/admin/posts/:id/', async (call) => {
      const { id } = one(call.part('id'))
      const data = await given(call)
      return { body: shown(store.update(id, data, data['updated_at'], Date.now())) }
    }),
    route('delete', '*/ghost/api/admin/posts/:id/', ({ part }) => {
      store.remove(one(part('id')).id)
      return { status: 204 }
    }),
  ]

  const sandbox = await serveSandbox(
    {
      name: 'Ghost',
      handlers,
      errorBody,
      isWrite: (call) => /^(POST|PUT|DELETE) /.test(call),
      admin: {
        /** As an author does: `{rows, at}`; answers ids. */
        plant(input) {
          const { rows, at = Date.now() } = input as { rows: Record<string, unknown>[]; at?: number }
          return rows.map((row) => store.create(row, at).id)
        },
        /** As the editor does, which has always just read the post: `{id, fields}`. */
        edit(input) {
          const { id, fields } = input as { id: string; fields: Record<string, unknown> }
          return render(store.update(id, fields, one(id).updated_at, Date.now()), base)
        },
        seed: (input) =>
          seedArticles((input ?? {}) as SeedOrder).map(({ title, slug, summary, campaign }) => {
            const tags = campaign === null ? [] : [{ name: `#campaign ${campaign}` }]
            return store.create({ title, slug, custom_excerpt: summary, status: 'published', tags }, Date.now()).id
          }),
        state: () => Object.fromEntries([...store.posts].map(([id, post]) => [id, render(post, base)])),
        reset: () => {
          store.clear()
          webhooks.clear()
        },
        webhooks: (input) => webhooks.settings((input ?? {}) as Partial<WebhookSettings>),
      },
      seed,
    },
    port,
  )
  base = sandbox.url
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

function browse(all: readonly Post[], url: URL, show: (post: Post) => object): object {
  const filter = url.searchParams.get('filter')
  const keeps = filter === null ? () => true : parseFilter(filter)
  const text = (post: Post, field: string): string | null => {
    const value = post[field as keyof Post]
    if (typeof value !== 'string') return null
    return field.endsWith('_at') ? sqlTime(value) : value
  }
  const held =
    (post: Post) =>
    (field: string): readonly string[] | null => {
      if (field === 'tag' || field === 'tags') return post.tags.map((tag) => tag.slug)
      const value = text(post, field)
      return value === null ? null : [value]
    }
  const orders = (url.searchParams.get('order') ?? 'updated_at desc').split(',').map((order) => {
    const [field = '', direction = 'asc'] = order.trim().split(/\s+/)
    return { field, sign: direction.toLowerCase() === 'desc' ? -1 : 1 }
  })
  const compare = (a: Post, b: Post): number => {
    for (const { field, sign } of orders) {
      const [x, y] = [text(a, field) ?? '', text(b, field) ?? '']
      if (x !== y) return (x < y ? -1 : 1) * sign
    }
    return 0
  }
  const found = all.filter((post) => keeps(held(post))).toSorted(compare)
  // Ghost 6 caps every page, "all" too.
  const asked = url.searchParams.get('limit') ?? '15'
  const limit = asked === 'all' ? 100 : Math.min(100, Number(asked) || 15)
  const page = Math.max(1, Number(url.searchParams.get('page') ?? 1))
  const pages = Math.max(1, Math.ceil(found.length / limit))
  const pagination = { page, limit, pages, total: found.length, next: page < pages ? page + 1 : null, prev: page > 1 ? page - 1 : null }
  return { posts: found.slice((page - 1) * limit, page * limit).map(show), meta: { pagination } }
}

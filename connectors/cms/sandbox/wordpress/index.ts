import { createHmac, randomUUID } from 'node:crypto'
import { type Sandbox, seededRandom, serveSandbox } from '@throughline/sdk/sandbox'
import { Refusal, routes } from '../answer.ts'
import { seedArticles, type SeedOrder } from '../seed.ts'
import { createSender, type Sender, type WebhookSettings } from '../sender.ts'
import { createStore, type Post, type Store, type Tell } from './store.ts'

/** Base64 of `hub:abcd efgh ijkl mnop`, an application password. */
export const WORDPRESS_TOKEN = 'aHViOmFiY2QgZWZnaCBpamtsIG1ub3A='
export const WORDPRESS_WEBHOOK_SECRET = 'wordpress-webhook-secret'

export interface WordpressSandbox extends Sandbox {
  readonly store: Store
  readonly webhooks: Sender
}

const CODES: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ['rest_not_logged_in', 'You are not currently logged in.'],
  403: ['rest_forbidden', 'Sorry, you are not allowed to do that.'],
  404: ['rest_post_invalid_id', 'Invalid post ID.'],
  429: ['too_many_requests', 'Too many requests.'],
}

export function errorBody(status: number): { readonly body: unknown } {
  const [code, message] = CODES[status] ?? ['internal_server_error', 'There has been a critical error on this website.']
  return { body: { code, message, data: { status } } }
}

function refuse(status: number, code: string, params?: object): Refusal {
  const message = CODES[status]?.[1] ?? 'Invalid parameter(s)'
  return new Refusal(status, { code, message, data: { status, ...(params === undefined ? {} : { params }) } })
}

/** What the plugin sends: the time in seconds and the body, joined by a dot and signed. */
export function wordpressHeaders(secret: string, body: string, now: number): Record<string, string> {
  const time = String(Math.floor(now / 1_000))
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
  return { 'content-type': 'application/json', 'x-throughline-timestamp': time, 'x-throughline-signature': `sha256=${signature}` }
}

/** A stand-in for a WordPress site with the plugin of the README, posts only, on loopback. Port 0 takes a free one. */
export async function serveWordpress(
  port: number,
  options: { readonly seed?: number; readonly webhooks?: Partial<WebhookSettings> } = {},
): Promise<WordpressSandbox> {
  let base = ''
  const webhooks = createSender(seededRandom((options.seed ?? 1) + 1), { timeoutMs: 5_000, concurrency: 1 }, options.webhooks)
  const tell: Tell = (event, { id, modified_gmt }) => {
    const body = JSON.stringify({ delivery: randomUUID(), event: `post.${event}`, post_type: 'post', post_id: id, modified_gmt })
    webhooks.tell(() => ({ headers: wordpressHeaders(WORDPRESS_WEBHOOK_SECRET, body, Date.now()), body }))
  }
  const store = createStore(tell, refuse)
  const route = routes(
    (request) => {
      const given = request.headers.get('authorization')
      if (given === null) throw refuse(401, 'rest_not_logged_in')
      if (given !== `Basic ${WORDPRESS_TOKEN}`) throw refuse(401, 'incorrect_password')
    },
    () => refuse(400, 'rest_invalid_json'),
  )
  const one = (id: string): Post => {
    const post = store.posts.get(Number(id))
    if (!post) throw refuse(404, 'rest_post_invalid_id')
    return post
  }
  const show = (post: Post): object => render(post, base)
  const path = '*/wp-json/wp/v2/posts'
  const handlers = [
    route('get', '*/wp-json/wp/v2/users/me', () => ({ body: { id: 1, name: 'Hub', slug: 'hub' } })),
    route('get', path, ({ url }) => browse([...store.posts.values()], url, show)),
    route('get', `${path}/:id`, ({ part }) => ({ body: show(one(part('id'))) })),
    route('post', path, async ({ json }) => ({ status: 201, body: show(store.create(await json(), Date.now())) })),
    route('post', `${path}/:id`, async ({ part, json }) => {
      const post = one(part('id'))
      return { body: show(store.update(post, await json(), Date.now())) }
    }),
    route('delete', `${path}/:id`, ({ part }) => ({ body: show(store.trash(one(part('id')), Date.now())) })),
  ]
  const sandbox = await serveSandbox(
    {
      name: 'WordPress',
      handlers,
      errorBody,
      isWrite: (call) => /^(POST|DELETE) /.test(call),
      admin: {
        plant(input) {
          const { rows, at = Date.now() } = input as { rows: Record<string, unknown>[]; at?: number }
          return rows.map((row) => store.create(row, at).id)
        },
        untrash: (input) => store.untrash(one(String((input as { id: number }).id)), Date.now()),
        seed: (input) =>
          seedArticles((input ?? {}) as SeedOrder).map(({ title, slug, summary, campaign }) => {
            const post = { title, slug, excerpt: summary, status: 'publish', meta: { campaign: campaign ?? '' } }
            return store.create(post, Date.now()).id
          }),
        state: () => Object.fromEntries(store.posts),
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

/** As with `context=edit`: texts both as written and as readers see them. */
function render(post: Post, base: string): object {
  const { title, excerpt, content, ...own } = post
  const text = (raw: string): object => ({
    raw,
    rendered: raw === '' ? '' : `<p>${raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>\n`,
  })
  const link = post.status === 'publish' ? `${base}/${post.slug}/` : `${base}/?p=${post.id}`
  return {
    ...own,
    type: 'post',
    link,
    title: text(title),
    excerpt: { ...text(excerpt), protected: false },
    content: text(content),
    author: 1,
  }
}

function browse(all: readonly Post[], url: URL, show: (post: Post) => object): { body: unknown; headers: Record<string, string> } {
  const get = (name: string): string | null => url.searchParams.get(name)
  const size = Number(get('per_page') ?? 10)
  if (!(size >= 1 && size <= 100))
    throw refuse(400, 'rest_invalid_param', { per_page: 'per_page must be between 1 (inclusive) and 100 (inclusive)' })
  const [status, include, slugs, marks] = [get('status') ?? 'publish', get('include'), get('slug'), get('throughline_id')]
  const found = all
    .filter((post) => (status === 'any' ? post.status !== 'trash' : post.status === status))
    .filter((post) => include === null || include.split(',').map(Number).includes(post.id))
    .filter((post) => slugs === null || slugs.split(',').includes(post.slug))
    .filter((post) => marks === null || marks.split(',').includes(post.meta.throughline_id))
  const key = (post: Post): number =>
    get('orderby') === 'id' ? post.id : Date.parse(`${get('orderby') === 'modified' ? post.modified_gmt : post.date_gmt}Z`)
  const sign = get('order') === 'asc' ? 1 : -1
  const sorted = found.toSorted((a, b) => (key(a) - key(b)) * sign)
  const page = Math.max(1, Number(get('page') ?? 1))
  const offset = get('offset') === null ? (page - 1) * size : Number(get('offset'))
  const headers = { 'x-wp-total': String(found.length), 'x-wp-totalpages': String(Math.ceil(found.length / size)) }
  return { body: sorted.slice(offset, offset + size).map(show), headers }
}

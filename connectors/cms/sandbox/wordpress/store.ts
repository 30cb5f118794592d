export interface Post {
  readonly id: number
  title: string
  excerpt: string
  content: string
  slug: string
  status: string
  date_gmt: string
  modified_gmt: string
  meta: { throughline_id: string; campaign: string }
}

type Refuse = (status: number, code: string, params?: object) => Error
export type EventName = 'created' | 'updated' | 'trashed' | 'untrashed'
export type Tell = (event: EventName, post: Post) => void
export type Store = ReturnType<typeof createStore>

const STATUSES = new Set(['draft', 'publish', 'pending', 'future', 'private'])
const TEXTS = ['title', 'excerpt', 'content'] as const

/** Posts in memory, the trash included. Times are whole seconds without a zone. */
export function createStore(tell: Tell, refuse: Refuse) {
  const posts = new Map<number, Post>()
  let nextId = 0

  const invalid = (name: string): Error => refuse(400, 'rest_invalid_param', { [name]: `Invalid parameter: ${name}` })

  function freeSlug(wanted: string, own: number): string {
    const base = wanted
      .toLowerCase()
      .replaceAll(/[^a-z0-9_-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
    const taken = new Set([...posts.values()].filter((post) => post.id !== own).map((post) => post.slug))
    let slug = base
    for (let n = 2; slug !== '' && taken.has(slug); n += 1) slug = `${base}-${n}`
    return slug
  }

  function assign(post: Post, data: Readonly<Record<string, unknown>>, now: number): void {
    const { status, slug, meta = {} } = data
    const texts = TEXTS.filter((name) => name in data).map((name) => [name, textOf(data[name])] as const)
    for (const [name, text] of texts) if (text === null) throw invalid(name)
    if (status !== undefined && !STATUSES.has(String(status))) throw invalid('status')
    if (slug !== undefined && typeof slug !== 'string') throw invalid('slug')
    if (typeof meta !== 'object' || meta === null) throw invalid('meta')
    for (const value of Object.values(meta)) if (typeof value !== 'string' && value !== null) throw invalid('meta')
    for (const [name, text] of texts) post[name] = text ?? ''
    if (typeof status === 'string') post.status = status
    if (typeof slug === 'string') post.slug = freeSlug(slug, post.id)
    // Null deletes a meta value; what is not registered is passed over.
    for (const name of ['throughline_id', 'campaign'] as const) {
      if (Object.hasOwn(meta, name)) post.meta[name] = String((meta as Record<string, unknown>)[name] ?? '')
    }
    post.modified_gmt = seconds(now)
  }

  return {
    posts,
    clear: () => posts.clear(),
    create(data: Readonly<Record<string, unknown>>, now: number): Post {
      const id = nextId + 1
      const at = seconds(now)
      const times = { date_gmt: at, modified_gmt: at }
      const post: Post = {
        id,
        title: '',
        excerpt: '',
        content: '',
        slug: '',
        status: 'draft',
        ...times,
        meta: { throughline_id: '', campaign: '' },
      }
      assign(post, data, now)
      if (post.title === '' && post.content === '' && post.excerpt === '') throw refuse(400, 'empty_content')
      nextId = id
      posts.set(id, post)
      tell('created', post)
      return post
    },
    update(post: Post, data: Readonly<Record<string, unknown>>, now: number): Post {
      assign(post, data, now)
      tell('updated', post)
      return post
    },
    trash(post: Post, now: number): Post {
      if (post.status === 'trash') throw refuse(410, 'rest_already_trashed')
      Object.assign(post, { status: 'trash', modified_gmt: seconds(now) })
      tell('trashed', post)
      return post
    },
    untrash(post: Post, now: number): void {
      Object.assign(post, { status: 'draft', modified_gmt: seconds(now) })
      tell('untrashed', post)
    },
  }
}

/** A text, or an object with `raw`. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null && 'raw' in value && typeof value.raw === 'string' ? value.raw : null
}

function seconds(time: number): string {
  return new Date(time).toISOString().slice(0, 19)
}

import { refuse } from './errors.ts'
import { render } from './render.ts'

export interface Tag {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly visibility: 'public' | 'internal'
}

/** What the Admin API lets a client write, and what Ghost adds. */
export interface Post {
  readonly id: string
  readonly uuid: string
  title: string
  slug: string
  status: string
  custom_excerpt: string | null
  html: string | null
  featured: boolean
  canonical_url: string | null
  meta_title: string | null
  published_at: string | null
  created_at: string
  updated_at: string
  tags: Tag[]
}

export type EventName = 'added' | 'edited' | 'published' | 'published.edited' | 'unpublished' | 'deleted'
export type Tell = (event: EventName, current: object, previous: object) => void
export type Store = ReturnType<typeof createStore>

const LIMITS: Readonly<Record<string, number>> = { title: 255, slug: 191, custom_excerpt: 300, canonical_url: 2000, meta_title: 300 }
const WRITABLE = ['title', 'slug', 'status', 'custom_excerpt', 'html', 'featured', 'canonical_url', 'meta_title', 'published_at'] as const
const STATUSES = new Set(['draft', 'published', 'scheduled', 'sent'])

/** Posts in memory. Times are whole seconds, as in Ghost's database. */
export function createStore(random: () => number, base: () => string, tell: Tell) {
  const posts = new Map<string, Post>()
  const tags = new Map<string, Tag>()

  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  const uuid = (): string => [8, 4, 4, 4, 12].map(hex).join('-')

  const need = (id: string): Post => {
    const post = posts.get(id)
    if (!post) throw refuse(404)
    return post
  }

  /** Ghost invents another slug where one is taken, instead of refusing it. */
  function freeSlug(wanted: string, own: string | null): string {
    const taken = new Set([...posts.values()].filter((post) => post.id !== own).map((post) => post.slug))
    let slug = wanted
    for (let n = 2; taken.has(slug); n += 1) slug = `${wanted}-${n}`
    return slug
  }

  /** Known ones by id, slug or name; others are made. */
  function tagsOf(wanted: unknown): Tag[] {
    if (!Array.isArray(wanted)) throw refuse(422, 'Tags must be a list')
    return wanted.map((each: unknown) => {
      const { id, name, slug } = (typeof each === 'string' ? { name: each } : each) as Partial<Tag>
      const known = [...tags.values()].find((tag) => tag.id === id || tag.slug === slug || (name !== undefined && tag.name === name))
      if (known) return known
      if (typeof name !== 'string' || name === '') throw refuse(422, 'Value in [tags.name] cannot be blank.')
      if (name.length > 191) throw refuse(422, 'Value in [tags.name] exceeds maximum length of 191 characters.')
      const made: Tag = { id: hex(24), name, slug: slug ?? slugOf(name), visibility: name.startsWith('#') ? 'internal' : 'public' }
      tags.set(made.id, made)
      return made
    })
  }

  function validate(data: Readonly<Record<string, unknown>>): void {
    for (const [name, limit] of Object.entries(LIMITS)) {
      const value = data[name]
      if (value !== undefined && value !== null && typeof value !== 'string')
        throw refuse(422, `Value in [posts.${name}] must be a string.`)
      if (typeof value === 'string' && value.length > limit)
        throw refuse(422, `Value in [posts.${name}] exceeds maximum length of ${limit} characters.`)
    }
    if ('title' in data && (data['title'] === null || data['title'] === '')) throw refuse(422, 'Value in [posts.title] cannot be blank.')
    if ('status' in data && !STATUSES.has(String(data['status']))) throw refuse(422, 'Value in [posts.status] is not one of its values.')
  }

  function assign(post: Post, data: Readonly<Record<string, unknown>>, now: number): void {
    for (const name of WRITABLE) if (name in data) Object.assign(post, { [name]: data[name] })
    if ('slug' in data) post.slug = freeSlug(slugOf(String(data['slug'] ?? post.title)), post.id)
    if (data['tags'] !== undefined) post.tags = tagsOf(data['tags'])
    if (post.status === 'published') post.published_at ??= seconds(now)
    post.updated_at = seconds(now)
  }

  return {
    posts,
    clear() {
      posts.clear()
      tags.clear()
    },
    create(data: Readonly<Record<string, unknown>>, now: number): Post {
      if (!('title' in data)) throw refuse(422, 'Value in [posts.title] cannot be blank.')
      validate(data)
      const id = hex(24)
      const at = seconds(now)
      const empty = { custom_excerpt: null, html: null, featured: false, canonical_url: null, meta_title: null, published_at: null }
      const post: Post = { id, uuid: uuid(), title: '', slug: '', status: 'draft', ...empty, created_at: at, updated_at: at, tags: [] }
      assign(post, { slug: data['title'], ...data }, now)
      posts.set(id, post)
      tell('added', render(post, base()), {})
      if (post.status === 'published') tell('published', render(post, base()), {})
      return post
    },
    /** `basedOn` is what the client says it has read; an editor's own save always knows. */
    update(id: string, data: Readonly<Record<string, unknown>>, basedOn: unknown, now: number): Post {
      const post = need(id)
      if (typeof basedOn !== 'string' || Number.isNaN(Date.parse(basedOn)))
        throw refuse(422, "Validation failed for posts[0]: must have required property 'updated_at'")
      if (Date.parse(basedOn) !== Date.parse(post.updated_at)) throw refuse(409)
      validate(data)
      const before = structuredClone(post)
      assign(post, data, now)
      const previous = Object.fromEntries(
        Object.entries(before).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(post[name as keyof Post])),
      )
      const events: EventName[] = ['edited']
      if (before.status !== 'published' && post.status === 'published') events.push('published')
      else if (before.status === 'published' && post.status !== 'published') events.push('unpublished')
      else if (post.status === 'published') events.push('published.edited')
      for (const event of events) tell(event, render(post, base()), previous)
      return post
    },
    remove(id: string): void {
      const post = need(id)
      posts.delete(id)
      tell('deleted', {}, render(post, base()))
    },
  }
}

export function slugOf(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/^#/, 'hash-')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 185) || 'untitled'
  )
}

function seconds(time: number): string {
  return new Date(Math.floor(time / 1_000) * 1_000).toISOString()
}

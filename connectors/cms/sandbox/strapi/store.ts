import { invalid, refuse } from './errors.ts'

/** A row as the content API shows it; a document has a draft and perhaps a published one. */
export interface Row {
  id: number
  documentId: string
  createdAt: string
  updatedAt: string
  publishedAt: string | null
  [field: string]: unknown
}

export interface Document {
  draft: Row
  published: Row | null
}

/** Text fields of the content type. */
export const FIELDS = ['title', 'slug', 'summary', 'campaign', 'body', 'email', 'throughlineId'] as const
export const ATTRIBUTES: ReadonlySet<string> = new Set([...FIELDS, 'id', 'documentId', 'createdAt', 'updatedAt', 'publishedAt'])

export type EventName = 'entry.create' | 'entry.update' | 'entry.delete' | 'entry.publish' | 'entry.unpublish' | 'entry.draft-discard'
export type Tell = (event: EventName, entry: Row) => void

export type Store = ReturnType<typeof createStore>

/** Documents in memory. Every change tells its events in Strapi's order: the draft first. */
export function createStore(random: () => number, tell: Tell) {
  const documents = new Map<string, Document>()
  let nextId = 0

  const need = (documentId: string): Document => {
    const document = documents.get(documentId)
    if (!document) throw refuse(404)
    return document
  }
  const rowId = (): number => (nextId += 1)
  const documentId = (): string =>
    Array.from({ length: 24 }, () => 'abcdefghijklmnopqrstuvwxyz0123456789'[Math.floor(random() * 36)]).join('')

  function validate(data: Readonly<Record<string, unknown>>, own: string | null): Record<string, unknown> {
    for (const [name, value] of Object.entries(data)) {
      if (!(FIELDS as readonly string[]).includes(name)) throw refuse(400, `Invalid key ${name}`, { key: name, path: name, source: 'body' })
      if (value !== null && typeof value !== 'string') throw invalid(name, `${name} must be a \`string\` type`, value)
    }
    const { slug, throughlineId } = data
    if (typeof slug === 'string' && !/^[A-Za-z0-9-_.~]*$/.test(slug)) {
      throw invalid('slug', 'slug must match the following: "/^[A-Za-z0-9-_.~]*$/"', slug)
    }
    const isTaken = [...documents.values()].some(({ draft }) => draft['throughlineId'] === throughlineId && draft.documentId !== own)
    if (typeof throughlineId === 'string' && isTaken) throw invalid('throughlineId', 'This attribute must be unique', throughlineId)
    return data
  }

  /** Readers get a copy of the draft, with the draft's times: only `publishedAt` says when. */
  function publish(document: Document, now: number): Row {
    document.published = { ...document.draft, id: rowId(), publishedAt: iso(now) }
    tell('entry.publish', document.published)
    return document.published
  }

  return {
    documents,
    clear: () => documents.clear(),
    create(data: Readonly<Record<string, unknown>>, isPublished: boolean, now: number): Row {
      const fields = Object.fromEntries(FIELDS.map((name) => [name, null]))
      const valid = validate(data, null)
      const draft: Row = {
        id: rowId(),
        documentId: documentId(),
        ...fields,
        ...valid,
        createdAt: iso(now),
        updatedAt: iso(now),
        publishedAt: null,
      }
      const document = { draft, published: null }
      documents.set(draft.documentId, document)
      tell('entry.create', draft)
      return isPublished ? publish(document, now) : draft
    },
    update(id: string, data: Readonly<Record<string, unknown>>, isPublished: boolean, now: number): Row {
      const document = need(id)
      document.draft = { ...document.draft, ...validate(data, id), updatedAt: iso(now) }
      tell('entry.update', document.draft)
      return isPublished ? publish(document, now) : document.draft
    },
    remove(id: string): void {
      const { draft, published } = need(id)
      documents.delete(id)
      for (const row of [draft, published]) if (row) tell('entry.delete', row)
    },
    publish: (id: string, now: number): Row => publish(need(id), now),
    unpublish(id: string): void {
      const document = need(id)
      if (!document.published) throw refuse(400, 'not published')
      tell('entry.unpublish', document.published)
      document.published = null
    },
    /** Puts the draft back to what readers see. */
    discard(id: string): void {
      const document = need(id)
      if (!document.published) throw refuse(400, 'not published')
      document.draft = { ...document.published, id: rowId(), publishedAt: null }
      tell('entry.draft-discard', document.draft)
    },
  }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}

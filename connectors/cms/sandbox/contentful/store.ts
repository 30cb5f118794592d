import { refuse } from './errors.ts'
import { CONTENT_TYPE, type Fields, validate, validatePublishing } from './type.ts'

export interface Sys {
  readonly id: string
  readonly type: 'Entry'
  version: number
  createdAt: string
  updatedAt: string
  publishedVersion?: number
  publishedAt?: string
  firstPublishedAt?: string
  publishedCounter: number
  archivedVersion?: number
  archivedAt?: string
  updatedBy: object
  readonly [link: string]: unknown
}

export interface Entry {
  readonly sys: Sys
  fields: Fields
  metadata: { tags: readonly unknown[] }
}

export type Action = 'create' | 'save' | 'auto_save' | 'publish' | 'unpublish' | 'archive' | 'unarchive' | 'delete'
export type Tell = (action: Action, entry: Entry) => void
export type Store = ReturnType<typeof createStore>

export const HUB = 'hub-user'
export const EDITOR = 'editor-user'

const link = (linkType: string, id: string): object => ({ sys: { type: 'Link', linkType, id } })

/** Entries in memory. Every change raises the version by one and moves the time. */
export function createStore(random: () => number, space: string, environment: string, tell: Tell) {
  const entries = new Map<string, Entry>()

  const need = (id: string, version: number | null): Entry => {
    const entry = entries.get(id)
    if (!entry) throw refuse(404)
    const current = entry.sys.version
    if (version !== null && version !== current) throw refuse(409, { details: `Version mismatch, expected ${current}, got ${version}.` })
    return entry
  }
  const moved = (entry: Entry, action: Action, now: number, by: string): Entry => {
    entry.sys.version += 1
    entry.sys.updatedAt = new Date(now).toISOString()
    entry.sys.updatedBy = link('User', by)
    tell(action, entry)
    return entry
  }

  return {
    entries,
    clear: () => entries.clear(),
    newId: (): string =>
      Array.from({ length: 22 }, () => 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[Math.floor(random() * 62)]).join(
        '',
      ),
    need,
    create(id: string, fields: Readonly<Record<string, unknown>>, metadata: Entry['metadata'] | undefined, now: number, by: string): Entry {
      if (!/^[A-Za-z0-9._-]{1,64}$/.test(id)) throw refuse(400, { message: 'The ID is invalid' })
      const at = new Date(now).toISOString()
      const sys: Sys = {
        id,
        type: 'Entry',
        version: 1,
        createdAt: at,
        updatedAt: at,
        publishedCounter: 0,
        createdBy: link('User', by),
        updatedBy: link('User', by),
        space: link('Space', space),
        environment: link('Environment', environment),
        contentType: link('ContentType', CONTENT_TYPE),
      }
      const entry: Entry = { sys, fields: validate(fields), metadata: metadata ?? { tags: [] } }
      entries.set(id, entry)
      tell('create', entry)
      return entry
    },
    /** All fields are replaced: what is not there is gone. */
    update(
      id: string,
      version: number | null,
      fields: Readonly<Record<string, unknown>>,
      metadata: Entry['metadata'] | undefined,
      now: number,
      by: string,
      action: 'save' | 'auto_save' = 'save',
    ): Entry {
      const entry = need(id, version)
      if (entry.sys.archivedVersion !== undefined) throw refuse(400, { message: 'Cannot edit archived' })
      entry.fields = validate(fields)
      entry.metadata = metadata ?? { tags: [] }
      return moved(entry, action, now, by)
    },
    publish(id: string, version: number | null, now: number, by: string): Entry {
      const entry = need(id, version)
      if (entry.sys.archivedVersion !== undefined) throw refuse(400, { message: 'Cannot publish archived' })
      validatePublishing(entry.fields)
      const at = new Date(now).toISOString()
      entry.sys.publishedVersion = entry.sys.version
      entry.sys.publishedAt = at
      entry.sys.firstPublishedAt ??= at
      entry.sys.publishedCounter += 1
      return moved(entry, 'publish', now, by)
    },
    unpublish(id: string, version: number | null, now: number, by: string): Entry {
      const entry = need(id, version)
      if (entry.sys.publishedVersion === undefined) throw refuse(400, { message: 'Not published' })
      delete entry.sys.publishedVersion
      delete entry.sys.publishedAt
      return moved(entry, 'unpublish', now, by)
    },
    archive(id: string, now: number): Entry {
      const entry = need(id, null)
      if (entry.sys.publishedVersion !== undefined) throw refuse(400, { message: 'Cannot archive published' })
      entry.sys.archivedVersion = entry.sys.version
      entry.sys.archivedAt = new Date(now).toISOString()
      return moved(entry, 'archive', now, EDITOR)
    },
    remove(id: string, version: number | null): void {
      const entry = need(id, version)
      if (entry.sys.publishedVersion !== undefined) throw refuse(400, { message: 'Cannot delete published' })
      entries.delete(id)
      tell('delete', entry)
    },
  }
}

import { type Abilities, compareText, type Fields, type RawRecord, type Stream } from '@throughline/sdk'
import { asObject, asText } from '../shared/json.ts'
import { type Document, flatten } from './record.ts'

/** A document made by the hub has the record id for its own id, which Sanity keeps unique. */
export const RECORD_ID = '_id'

const ATTRIBUTE = /^[A-Za-z][A-Za-z0-9_]*(?:\.(?:_ref|[A-Za-z][A-Za-z0-9_]*))?$/

const can: Abilities = {
  webhook: true,
  pull: true,
  list: true,
  find: true,
  write: true,
  delete: true,
  merge: { because: 'Sanity has no merging of documents.' },
  upsertBy: RECORD_ID,
  versionCheck: true,
  // One document for each transaction: a refused row would take all others of its transaction along.
  batch: { read: 100, write: 1, find: 100, page: 100 },
  visibilityMs: 5_000,
}

export const articles: Stream = { entity: 'article', can, compareIds: compareText, decode, encode }

/** What a patch of Sanity's takes. `setIfMissing` names the objects that hold what is set. */
export interface Encoded {
  readonly set: Readonly<Record<string, unknown>>
  readonly unset: readonly string[]
  readonly setIfMissing: Readonly<Record<string, object>>
}

function decode(raw: RawRecord): Fields {
  const { document, empty } = asObject(raw.body) as Partial<Document>
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(asObject(empty))) if (value === null) fields[name] = null
  Object.assign(fields, flatten(asObject(document)))
  const id = asText(asObject(document)._id)
  // Only what is published is read at all; the name is no attribute's, for those hold no colon.
  return id === null ? fields : { ...fields, [RECORD_ID]: id, 'sanity::perspective': 'published' }
}

function encode(patch: Fields): Encoded {
  const set: Record<string, unknown> = {}
  const unset: string[] = []
  const setIfMissing: Record<string, object> = {}
  for (const [name, value] of Object.entries(patch)) {
    const [outer = '', inner] = name.split('.')
    if (value === null) unset.push(name)
    else {
      set[name] = value
      if (inner !== undefined)
        setIfMissing[outer] = inner === 'current' ? { _type: 'slug' } : inner === '_ref' ? { _type: 'reference' } : {}
    }
  }
  return { set, unset, setIfMissing }
}

export function isAttribute(name: string): boolean {
  return ATTRIBUTE.test(name)
}

/** The first member of a patch that Sanity keeps itself or that is no attribute; `null` if all can be written. */
export function unwritable(patch: Fields): string | null {
  return Object.keys(patch).find((name) => !isAttribute(name)) ?? null
}

import { type Abilities, compareText, type Fields, type RawRecord, type Stream } from '@throughline/sdk'
import { asObject, asText, type Json } from '../shared/json.ts'
import type { Entry } from './record.ts'
import { statusOf } from './status.ts'

/** An entry made by the hub has the record id for its own id, which Contentful keeps unique. */
export const RECORD_ID = 'sys.id'
export const STATUS = 'sys.status'

const FIELD = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

const can: Abilities = {
  webhook: true,
  pull: true,
  list: true,
  find: true,
  write: true,
  delete: true,
  merge: { because: 'Contentful has no merging of entries.' },
  upsertBy: RECORD_ID,
  versionCheck: true,
  batch: { read: 100, write: 1, find: 20, page: 100 },
  visibilityMs: 5_000,
}

export const articles: Stream = {
  entity: 'article',
  can,
  compareIds: compareText,
  decode,
  // Every value goes under the connection's locale, which only the write knows.
  encode: (patch) => patch,
}

/** Scalar fields in one locale, and what the entry says of itself under `sys.`. Links, lists, media and rich text are left out. */
function decode(raw: RawRecord): Fields {
  const { entry, locale, empty } = asObject(raw.body) as Partial<Entry>
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(asObject(empty))) if (value === null) fields[name] = null
  for (const [name, values] of Object.entries(asObject(asObject(entry).fields))) {
    const value = asObject(values)[locale ?? '']
    if (value !== undefined && (typeof value !== 'object' || value === null)) fields[name] = value
  }
  const sys = asObject(asObject(entry).sys)
  return asText(sys.id) === null ? fields : { ...fields, ...about(sys) }
}

function about(sys: Json): Fields {
  return {
    [RECORD_ID]: sys.id,
    [STATUS]: statusOf(sys),
    'sys.firstPublishedAt': asText(sys.firstPublishedAt),
    'sys.publishedAt': asText(sys.publishedAt),
    'sys.createdAt': asText(sys.createdAt),
    'sys.updatedAt': asText(sys.updatedAt),
  }
}

export function isField(name: string): boolean {
  return FIELD.test(name)
}

/** What of a patch Contentful cannot be told, in words; `null` if it can be told everything. */
export function unwritable(patch: Fields): string | null {
  const name = Object.keys(patch).find((each) => each !== STATUS && !isField(each))
  if (name !== undefined) return `Contentful makes ${name} itself: map it inwards only`
  const status = patch[STATUS]
  if (status === undefined || status === 'published' || status === 'unpublished' || status === 'draft') return null
  return 'An entry can be published and unpublished; archiving is left to editors'
}

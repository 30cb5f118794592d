import { type Abilities, compareText, type Fields, type RawRecord, type Stream } from '@throughline/sdk'
import { asObject } from '../shared/json.ts'
import type { Versions } from './record.ts'

/** The text field, declared unique in Strapi, that holds the hub's record id. */
export const RECORD_ID = 'throughlineId'

/** Members that Strapi keeps itself. */
const OWN = new Set(['id', 'documentId', 'createdAt', 'updatedAt', 'publishedAt', 'locale', 'status', 'localizations'])

const can: Abilities = {
  webhook: { because: 'Strapi signs nothing: webhooks are taken under a static header, as hints which document to read.' },
  pull: true,
  list: true,
  find: true,
  write: true,
  delete: true,
  merge: { because: 'Strapi has no merging of documents.' },
  upsertBy: { because: 'Strapi has no upsert and checks uniqueness before it writes, not while it does.' },
  markedBy: RECORD_ID,
  versionCheck: { because: 'Strapi takes neither a version nor a time with a write; the last one wins.' },
  batch: { read: 100, write: 1, find: 100, page: 100 },
  visibilityMs: 5_000,
}

export const articles: Stream = {
  entity: 'article',
  can,
  compareIds: compareText,
  decode,
  // Strapi empties a field by null, as we do.
  encode: (patch) => patch,
}

/**
 * The draft's own scalar fields: the draft always exists and holds the latest words. Readers see the published version, so
 * whether and since when comes from there. Relations, components and media are objects and lists, and left out.
 */
function decode(raw: RawRecord): Fields {
  const body = asObject(raw.body) as Partial<Versions>
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(asObject(body.draft))) {
    if (!OWN.has(name) && value !== undefined && (typeof value !== 'object' || value === null)) fields[name] = value
  }
  if (!('published' in body)) return fields
  const { publishedAt = null } = asObject(body.published)
  return { ...fields, status: body.published === null ? 'draft' : 'published', publishedAt }
}

/** The name of the first member of a patch that Strapi's content API cannot write; `null` if it can write them all. */
export function unwritable(patch: Fields): string | null {
  return Object.keys(patch).find((name) => OWN.has(name)) ?? null
}

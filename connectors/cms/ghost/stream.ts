import { type Abilities, compareText, type Fields, type RawRecord, type Stream } from '@throughline/sdk'
import { asObject } from '../shared/json.ts'
import { campaignOf, recordIdOf } from './tags.ts'

/** The property that `decode` reads out of the marking tag. */
export const RECORD_ID = 'throughlineId'

/** Members that Ghost makes itself and would pass over without a word. */
const OWN = new Set(['id', 'uuid', 'comment_id', 'url', 'excerpt', 'reading_time', 'created_at', 'updated_at', RECORD_ID])

const can: Abilities = {
  webhook: true,
  pull: true,
  list: true,
  find: true,
  write: true,
  delete: true,
  merge: { because: 'Ghost has no merging of posts.' },
  upsertBy: { because: 'Ghost has no upsert and keeps nothing unique that a client may choose.' },
  markedBy: RECORD_ID,
  versionCheck: true,
  batch: { read: 100, write: 1, find: 50, page: 100 },
  visibilityMs: 5_000,
}

export const articles: Stream = {
  entity: 'article',
  can,
  compareIds: compareText,
  decode,
  encode: (patch) => patch,
}

/** The post's own scalar members, and what its tags say. */
function decode(raw: RawRecord): Fields {
  const post = asObject(raw.body)
  const fields: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(post)) {
    if (value !== undefined && (typeof value !== 'object' || value === null)) fields[name] = value
  }
  if (!Array.isArray(post.tags)) return fields
  return { ...fields, campaign: campaignOf(post.tags), [RECORD_ID]: recordIdOf(post.tags) }
}

/** The first member of a patch that Ghost would not write; `null` if it writes them all. */
export function unwritable(patch: Fields): string | null {
  return Object.keys(patch).find((name) => OWN.has(name)) ?? null
}

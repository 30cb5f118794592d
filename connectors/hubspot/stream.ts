import { type Abilities, compareNumeric, type Fields, type Stream } from '@throughline/sdk'
import { decode, encode, MERGED_IDS, RECORD_ID } from './record.ts'

/** One kind of HubSpot object. */
export interface HubspotStream extends Stream {
  /** Path segment of the API, and the stream's name. */
  readonly objectType: string
  /** `objectTypeId` of the generic `object.*` webhooks. */
  readonly objectTypeId: string
  /** Prefix of its webhook types, such as `contact` in `contact.creation`. */
  readonly event: string
  /** The searchable property that mirrors `updatedAt`. */
  readonly modified: string
  /**
   * Properties with which batch/read finds an object exactly and at once, each with the property that holds further
   * values of the same kind, separated by semicolons. Every other property goes through the search index, which lags.
   */
  readonly keys: Readonly<Record<string, string | null>>
  encode(patch: Fields): Record<string, string>
  /** Asked for besides what the mappings use. */
  readonly always: readonly string[]
}

const can: Abilities = {
  webhook: true,
  pull: true,
  list: true,
  find: true,
  write: true,
  delete: true,
  merge: true,
  upsertBy: RECORD_ID,
  versionCheck: { because: 'HubSpot has neither ETag nor If-Match.' },
  batch: { read: 100, write: 100, find: 100, page: 200 },
  visibilityMs: 5_000,
}

/** What differs between two kinds of objects. */
type Own = Pick<HubspotStream, 'entity' | 'objectType' | 'objectTypeId' | 'event' | 'modified'> &
  Partial<Pick<HubspotStream, 'keys' | 'always' | 'decode' | 'encode'>>

export function createStream(own: Own): HubspotStream {
  return {
    decode,
    encode,
    ...own,
    can,
    keys: { [RECORD_ID]: null, ...own.keys },
    always: [RECORD_ID, own.modified, MERGED_IDS, ...(own.always ?? [])],
    compareIds: compareNumeric,
  }
}

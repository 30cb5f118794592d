import { compareText, type Ability, type Fields, type RawRecord, type Stream } from '@throughline/sdk'

/** The custom field that an administrator adds to each object: text of 36, unique, external id. */
export const RECORD_ID = 'Throughline_Id__c'

/** Fields that every object has and every read asks for, in this order, so that one state of one object always has one body. */
const ENVELOPE = ['Id', 'SystemModstamp', 'LastModifiedById', 'IsDeleted'] as const

const HIDDEN = new Set<string>(['attributes', ...ENVELOPE, 'MasterRecordId'])

/** What sets an object type apart from a plain one. */
export interface Nature {
  /** `MasterRecordId` is a field of it; otherwise the reason why a merge cannot be told. */
  readonly merge: Ability
  /** Further fields that say what became of an object; part of every reading and of what is decoded. */
  readonly fate?: readonly string[]
  /** SOQL that holds for what lives, beside not being deleted. */
  readonly living?: string
  /** Whether old objects leave ordinary queries without being deleted: then everything is asked for, and the deleted left out. */
  readonly archives?: boolean
  /** Fields that hold a day: a time is cut to its day in UTC when written, and a day is its midnight when read. */
  readonly days?: readonly string[]
  /**
   * Picklists that the vendor never leaves empty: `null` is not sent. The value is what a new object starts with where the
   * vendor itself has no default; `null` where it has one.
   */
  readonly insists?: Readonly<Record<string, string | null>>
  /** Whether only objects that carry a record id of the hub's are shown. */
  readonly ownOnly?: boolean
  /** Longest texts of fields that are too short for what is written to them: what is longer is cut. */
  readonly cuts?: Readonly<Record<string, number>>
}

/** A stream of one object type: the SDK's stream and the name the vendor has for it. */
export interface SalesforceStream extends Stream {
  readonly type: string
  /** Fields that every read asks for. */
  readonly envelope: readonly string[]
  readonly nature: Nature
}

export function createStream(entity: string, type: string, nature: Nature = { merge: true }): SalesforceStream {
  const days = new Set(nature.days)
  const { insists = {}, cuts = {} } = nature
  return {
    entity,
    type,
    nature,
    envelope: [...ENVELOPE, ...(nature.merge === true ? ['MasterRecordId'] : []), ...(nature.fate ?? []), RECORD_ID],
    can: {
      webhook: { because: 'Salesforce sends no signed HTTP webhooks; changes are polled, or listened for as change events.' },
      pull: true,
      list: true,
      find: true,
      write: true,
      delete: true,
      merge: nature.merge,
      upsertBy: RECORD_ID,
      versionCheck: { because: 'Calls for many records take no If-Unmodified-Since, and single ones only to the second.' },
      // The vendor would read 2,000 at once, but the look-up of deleted ones has to fit into a URI.
      batch: { read: 200, write: 200, find: 200, page: 2000 },
      // The vendor bounds a call only by its ten minutes; collections of 200 end within seconds, and they are idempotent:
      // one that lands later still can only put back an older state, which the next poll shows.
      visibilityMs: 5_000,
    },
    compareIds: compareText,
    decode: (raw) => decode(raw, days),
    encode(patch) {
      const entries = Object.entries(patch)
        .filter(([name, value]) => !(value === null && name in insists))
        .map(([name, value]) => [name, cut(days.has(name) ? dayOf(value) : value, cuts[name])] as const)
      return { attributes: { type }, ...Object.fromEntries(entries) }
    },
  }
}

/** The object's own fields; what describes the object rather than belonging to it is in the raw record already. */
function decode(raw: RawRecord, days: ReadonlySet<string>): Fields {
  const { body } = raw
  if (typeof body !== 'object' || body === null) return {}
  const own = Object.entries(body).filter(([name]) => !HIDDEN.has(name))
  return Object.fromEntries(own.map(([name, value]) => [name, days.has(name) ? midnightOf(value) : value]))
}

/** Between characters, never within one. */
function cut(value: unknown, longest: number | undefined): unknown {
  if (typeof value !== 'string' || longest === undefined || value.length <= longest) return value
  return `${value.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function dayOf(value: unknown): unknown {
  return typeof value === 'string' ? value.slice(0, 10) : value
}

function midnightOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00.000Z` : value
}

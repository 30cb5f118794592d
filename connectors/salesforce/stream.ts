import { compareText, type Fields, type RawRecord, type Stream } from '@throughline/sdk'

/** The custom field that an administrator adds to each object: text of 36, unique, external id. */
export const RECORD_ID = 'Throughline_Id__c'

/** Fields that every read asks for, in this order, so that one state of one object always has one body. */
export const ENVELOPE = ['Id', 'SystemModstamp', 'LastModifiedById', 'IsDeleted', 'MasterRecordId'] as const

const HIDDEN = new Set<string>(['attributes', ...ENVELOPE])

/** A stream of one object type: the SDK's stream and the name the vendor has for it. */
export interface SalesforceStream extends Stream {
  readonly type: string
}

export function createStream(entity: string, type: string): SalesforceStream {
  return {
    entity,
    type,
    can: {
      webhook: { because: 'Salesforce sends no signed HTTP webhooks; changes are polled.' },
      pull: true,
      list: true,
      find: true,
      write: true,
      delete: true,
      merge: true,
      upsertBy: RECORD_ID,
      versionCheck: { because: 'Calls for many records take no If-Unmodified-Since, and single ones only to the second.' },
      // The vendor would read 2,000 at once, but the look-up of deleted ones has to fit into a URI.
      batch: { read: 200, write: 200, find: 200, page: 2000 },
      // The vendor bounds a call only by its ten minutes; collections of 200 end within seconds, and they are idempotent:
      // one that lands later still can only put back an older state, which the next poll shows.
      visibilityMs: 5_000,
    },
    compareIds: compareText,
    decode,
    encode: (patch) => ({ attributes: { type }, ...patch }),
  }
}

/** The object's own fields; what describes the object rather than belonging to it is in the raw record already. */
function decode(raw: RawRecord): Fields {
  const { body } = raw
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(Object.entries(body).filter(([name]) => !HIDDEN.has(name)))
}

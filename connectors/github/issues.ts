import { compareNumeric, type Stream } from '@throughline/sdk'
import { PAGE } from './client.ts'
import { decode, encode, RECORD_ID } from './record.ts'

/** Issues of one repository are tickets; the external id is the issue's number. */
export const issues: Stream = {
  entity: 'ticket',
  can: {
    webhook: true,
    pull: true,
    list: true,
    find: true,
    write: true,
    delete: { because: 'GitHub has no REST call that deletes an issue; it can only be closed.' },
    merge: { because: 'GitHub does not merge issues; a duplicate is closed and stays an issue of its own.' },
    upsertBy: { because: 'GitHub keeps no field of ours unique and takes no idempotency key; a create carries a marker in its text.' },
    markedBy: RECORD_ID,
    versionCheck: { because: 'GitHub takes no If-Match on issues.' },
    // Single calls each: GitHub asks for one after the other, and for a second between writes.
    batch: { read: 10, write: 1, find: 100, page: PAGE },
    // GitHub ends a request after ten seconds; the plain list shows what was written once its replica has caught up.
    visibilityMs: 15_000,
  },
  compareIds: compareNumeric,
  decode,
  encode,
}

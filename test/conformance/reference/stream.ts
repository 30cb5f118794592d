import { compareText, type Fields, type RawRecord, type Stream } from '@throughline/sdk'
import type { Has } from './defects.ts'
import { vendorLimits } from './vendor.ts'

/** `marked`: the vendor keeps nothing unique, so creates carry the record id as a mark only. */
export function createStream(has: Has, marked = false): Stream {
  return {
    entity: 'person',
    can: {
      webhook: true,
      pull: true,
      list: true,
      find: true,
      write: true,
      delete: true,
      merge: true,
      ...(marked ? { upsertBy: { because: 'This vendor keeps no property unique.' }, markedBy: 'hub_id' } : { upsertBy: 'hub_id' }),
      versionCheck: has('gives no reason') ? { because: 'no' } : true,
      batch: has('promises too large a find') ? { ...vendorLimits, find: vendorLimits.find + 1 } : vendorLimits,
      visibilityMs: 0,
    },
    compareIds: (a, b) => (has('orders ids coarsely') ? compareText(a.slice(0, 2), b.slice(0, 2)) : compareText(a, b)),
    decode(raw) {
      const body = raw.body as { fields?: Fields; seen?: boolean }
      if (has('writes into what it decodes')) body.seen = true
      if (Object.keys(body).some((name) => name.startsWith('__')) && has('chokes on strangers')) throw new Error('what is this?')
      const fields: Record<string, unknown> = { ...body.fields }
      if (has('makes up nulls')) for (const name of ['mail', 'given', 'family', 'employer', 'role']) fields[name] ??= null
      if (has('decodes the wrong type')) fields['role'] = { text: fields['role'] }
      const { role } = fields
      if (typeof role === 'string' && role.includes('"') && has('tidies text')) fields['role'] = role.replaceAll('"', "'")
      return fields
    },
    encode(patch) {
      const kept = Object.entries(patch).filter(([name, value]) => {
        if (value === null && has('cannot clear')) return false
        return !(name === 'employer' && has('forgets a field'))
      })
      return Object.fromEntries(kept)
    },
  }
}

/** The vendor's JSON as a record. */
export function toRecord(body: unknown, has: Has): RawRecord {
  const object = body as { id: string; modified: string; deleted?: boolean; mergedInto?: string }
  return {
    id: object.id,
    state: object.deleted && !has('shows the deleted as alive') ? 'deleted' : 'live',
    modifiedAt: Date.parse(object.modified),
    modifiedText: object.modified,
    actor: null,
    ...(object.mergedInto !== undefined && !has('takes a merge for a delete') && { mergedInto: object.mergedInto }),
    body,
  }
}

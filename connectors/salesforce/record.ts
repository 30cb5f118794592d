import { VendorError, type RawRecord } from '@throughline/sdk'

/** One object of an answer. Throws `VendorError` if the vendor's answer is not what was asked for. */
export function toRecord(body: unknown): RawRecord {
  if (typeof body !== 'object' || body === null) throw strange('a record is no object')
  const { Id, SystemModstamp, LastModifiedById, IsDeleted, MasterRecordId, IsConverted } = body as Readonly<Record<string, unknown>>
  if (typeof Id !== 'string' || Id === '') throw strange('a record has no Id')
  const modifiedText = typeof SystemModstamp === 'string' ? SystemModstamp : null
  const modifiedAt = modifiedText === null ? null : toMs(modifiedText)
  // A converted lead is there for reports only; its contact and account go on.
  const deleted = IsDeleted === true || IsConverted === true
  return {
    id: Id,
    state: deleted ? 'deleted' : 'live',
    modifiedAt,
    modifiedText,
    actor: typeof LastModifiedById === 'string' ? LastModifiedById : null,
    ...(deleted && typeof MasterRecordId === 'string' ? { mergedInto: MasterRecordId } : {}),
    body,
  }
}

/** What is known of an object of which the vendor says only that it is gone. */
export function tombstone(id: string): RawRecord {
  return { id, state: 'deleted', modifiedAt: null, modifiedText: null, actor: null, body: null }
}

/** `2026-11-20T12:00:00.000+0000` → milliseconds UTC. */
export function toMs(text: string): number | null {
  const ms = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
  return Number.isNaN(ms) ? null : ms
}

export function strange(what: string): VendorError {
  return new VendorError('retry', `Salesforce's answer cannot be understood: ${what}`)
}

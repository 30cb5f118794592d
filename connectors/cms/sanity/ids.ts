import { createHash } from 'node:crypto'

/** A dot makes a document private, a first `drafts.` a draft, so an id of ours has none. */
const OURS = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/

/** Whether a published document could have this id; others are never asked for. */
export function isPublishedId(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,128}$/.test(text) && !/^(?:drafts|versions)\./.test(text)
}

/** The document id of a record: the record id itself, or a digest of one that Sanity would refuse. Always the same. */
export function documentIdOf(recordId: string): string {
  return OURS.test(recordId) ? recordId : `sha256-${createHash('sha256').update(recordId).digest('base64url')}`
}

import { createHash } from 'node:crypto'

const ID = /^[A-Za-z0-9._-]{1,64}$/

/** Whether Contentful could have an entry of that id; others are never asked for. */
export function isId(text: string): boolean {
  return ID.test(text)
}

/** The entry id of a record: the record id itself, or a digest of one that Contentful would refuse. Always the same. */
export function entryIdOf(recordId: string): string {
  return isId(recordId) ? recordId : `sha256-${createHash('sha256').update(recordId).digest('base64url')}`
}

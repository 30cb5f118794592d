import { createHash } from 'node:crypto'

/** Deduplication key of an inbound item: 128 bits of a hash of (source, id). Short, because the table is looked into for each item. */
export function dedupeKey(source: string, id: string): string {
  return createHash('sha256').update(source).update('\n').update(id).digest('base64url').slice(0, 22)
}

/** Fingerprint of a vendor's object, to tell an unchanged one from a changed one. */
export function rawHash(body: string): string {
  return createHash('sha1').update(body).digest('base64url')
}

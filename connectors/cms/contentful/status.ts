import { asObject, asText, type Json } from '../shared/json.ts'

export type Status = 'draft' | 'published' | 'unpublished' | 'archived'

/** Whether readers see the entry. An entry that is published with newer words waiting counts as published. */
export function statusOf(sys: Json): Status {
  if (isNumber(sys.archivedVersion)) return 'archived'
  if (isNumber(sys.publishedVersion)) return 'published'
  const wasPublished = asText(sys.firstPublishedAt) !== null || (isNumber(sys.publishedCounter) && sys.publishedCounter > 0)
  return wasPublished ? 'unpublished' : 'draft'
}

/** Whether an editor's words wait to be published. Publishing itself raises the version by one. */
export function hasPendingChanges(sys: Json): boolean {
  return isNumber(sys.publishedVersion) && isNumber(sys.version) && sys.version > sys.publishedVersion + 1
}

export function versionOf(entry: Json): number | null {
  const { version } = asObject(entry.sys)
  return isNumber(version) ? version : null
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

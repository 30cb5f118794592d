import type { RawRecord } from '@throughline/sdk'
import { asObject, asText, timeOf } from '../shared/json.ts'

/** One post as the Admin API gives it; `null` for something without an id. */
export function recordOf(body: unknown): RawRecord | null {
  const post = asObject(body)
  const id = asText(post.id)
  if (id === null) return null
  const text = asText(post.updated_at)
  return { id, state: 'live', modifiedAt: timeOf(text), modifiedText: text, actor: null, body }
}

import type { Health } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import { asArray, asObject, asText } from '../shared/json.ts'
import { type ContentfulClient, voice } from './client.ts'
import type { ContentfulConfig } from './config.ts'
import { STATUS } from './stream.ts'

/** Reads the content type: it must be there, with every field that the mapping uses. */
export async function check(
  client: ContentfulClient,
  config: ContentfulConfig,
  mapped: readonly string[],
  signal: AbortSignal,
): Promise<Health> {
  const { space, environment = 'master', contentType = 'article' } = config
  const answer = await client.fetch('GET', `content_types/${encodeURIComponent(contentType)}`, {}, signal)
  const verdict = classify(voice, answer, client.now())
  switch (verdict.kind) {
    case 'ok': {
      const there = new Set(asArray(asObject(answer.body).fields).map((field) => asText(asObject(field).id)))
      if (there.size === 0) return { ok: false, why: 'The address answers, but not as Contentful does', remedy: 'Check url' }
      const missing = mapped.filter((name) => !name.startsWith('sys.') && name !== STATUS && !there.has(name))
      if (missing.length === 0) return { ok: true, account: `${contentType} in ${space}/${environment}` }
      return {
        ok: false,
        why: `The content type ${contentType} has no field ${missing.join(', ')}`,
        remedy: 'Add short text fields of these ids, or map the ids that it has',
      }
    }
    case 'credentials':
      return {
        ok: false,
        why: `Contentful refuses the token: ${verdict.why}`,
        remedy: `Put a content management token with access to the space ${space} into the connection`,
      }
    case 'garbage':
      return {
        ok: false,
        why: `The address answers, but not as Contentful does: ${verdict.why}`,
        remedy: 'Check url and any proxy between',
      }
    case 'refused':
      return {
        ok: false,
        why: `Contentful shows no content type ${contentType} in ${space}/${environment}: ${verdict.why}`,
        remedy: 'Check space, environment and contentType; a token without access gets the same answer',
      }
    case 'later':
    case 'limited':
    case 'uncertain':
      return { ok: false, why: verdict.why, remedy: 'Try again when Contentful answers' }
  }
}

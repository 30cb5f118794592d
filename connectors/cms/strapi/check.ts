import type { Health } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import { voice, type StrapiClient } from './client.ts'
import type { StrapiConfig } from './config.ts'
import { RECORD_ID } from './stream.ts'

/** Filters by the field that creates hang on, which Strapi refuses if the content type lacks it. */
export async function check(client: StrapiClient, config: StrapiConfig, signal: AbortSignal): Promise<Health> {
  const query = [
    ['status', 'draft'],
    ['pagination[pageSize]', '1'],
    [`filters[${RECORD_ID}][$eq]`, 'none'],
  ] as const
  const answer = await client.fetch('GET', null, query, undefined, signal)
  const verdict = classify(voice, answer, client.now())
  const collection = config.collection ?? 'articles'
  switch (verdict.kind) {
    case 'ok':
      return { ok: true, account: `${collection} at ${new URL(config.url).host}` }
    case 'credentials':
      return {
        ok: false,
        why: `Strapi refuses the token: ${verdict.why}`,
        remedy: `Give the API token find, findOne, create, update and delete on ${collection}`,
      }
    case 'garbage':
      return { ok: false, why: `The address answers, but not as Strapi does: ${verdict.why}`, remedy: 'Check url and any proxy between' }
    case 'refused':
      return verdict.status === 404
        ? { ok: false, why: `Strapi has no collection ${collection}`, remedy: 'Check the plural API id of the content type' }
        : { ok: false, why: verdict.why, remedy: `Add a text field ${RECORD_ID}, unique, to the content type` }
    case 'later':
    case 'limited':
    case 'uncertain':
      return { ok: false, why: verdict.why, remedy: 'Try again when Strapi answers' }
  }
}

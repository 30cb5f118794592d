import type { Health } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import { asObject } from '../shared/json.ts'
import { type SanityClient, voice } from './client.ts'
import type { SanityConfig } from './config.ts'

/** Reads one document. An empty dataset and a misspelt type look alike to Sanity, which has no schema. */
export async function check(client: SanityClient, config: SanityConfig, signal: AbortSignal): Promise<Health> {
  const { projectId, dataset = 'production', type = 'article' } = config
  const answer = await client.ask({ where: [], order: '_id', params: {} }, 1, signal)
  const verdict = classify(voice, answer, client.now())
  switch (verdict.kind) {
    case 'ok':
      return Array.isArray(asObject(answer.body).result)
        ? { ok: true, account: `${type} in ${projectId}/${dataset}` }
        : { ok: false, why: 'The address answers, but not as Sanity does', remedy: 'Check url' }
    case 'credentials':
      return {
        ok: false,
        why: `Sanity refuses the token: ${verdict.why}`,
        remedy: 'Put an API token with editor rights into the connection',
      }
    case 'garbage':
      return { ok: false, why: `The address answers, but not as Sanity does: ${verdict.why}`, remedy: 'Check url and any proxy between' }
    case 'refused':
      return { ok: false, why: `Sanity does not answer for ${projectId}/${dataset}: ${verdict.why}`, remedy: 'Check projectId and dataset' }
    case 'later':
    case 'limited':
    case 'uncertain':
      return { ok: false, why: verdict.why, remedy: 'Try again when Sanity answers' }
  }
}

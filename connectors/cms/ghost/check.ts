import type { Health } from '@throughline/sdk'
import { classify } from '../shared/classify.ts'
import { type GhostClient, voice } from './client.ts'
import type { GhostConfig } from './config.ts'

/** Reads one post: a key that may not do that is of no use here. */
export async function check(client: GhostClient, config: GhostConfig, signal: AbortSignal): Promise<Health> {
  const answer = await client.fetch('GET', 'posts/?limit=1&include=tags', undefined, signal)
  const verdict = classify(voice, answer, client.now())
  switch (verdict.kind) {
    case 'ok':
      return { ok: true, account: `posts at ${new URL(config.url).host}` }
    case 'credentials':
      return {
        ok: false,
        why: `Ghost refuses the key: ${verdict.why}`,
        remedy: 'Put the Admin API key of a custom integration into the connection',
      }
    case 'garbage':
    case 'refused':
      return {
        ok: false,
        why: `The address answers, but not as Ghost does: ${verdict.why}`,
        remedy: 'Check url: the address of the admin, without /ghost',
      }
    case 'later':
    case 'limited':
    case 'uncertain':
      return { ok: false, why: verdict.why, remedy: 'Try again when Ghost answers' }
  }
}

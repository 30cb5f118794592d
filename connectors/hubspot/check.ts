import type { Health } from '@throughline/sdk'
import { classify } from './classify.ts'
import type { Context } from './context.ts'
import { problemOf } from './problem.ts'
import { RECORD_ID } from './record.ts'

/**
 * Reads one object of each stream and the definition of the property that creates hang on; the first thing missing is
 * named with its remedy.
 */
export async function check(contexts: readonly Context[], account: string, signal: AbortSignal): Promise<Health> {
  for (const context of contexts) {
    const type = context.stream.objectType
    const page = await context.client.page(type, { properties: [], limit: 1 }, signal)
    const verdict = classify(page, context.now())
    if (verdict.kind === 'credentials') {
      const { scopes } = problemOf(page.body)
      return scopes.length > 0
        ? { ok: false, why: `The token may not read ${type}`, remedy: `Grant the app the scope ${scopes.join(', ')} and install it again` }
        : { ok: false, why: 'HubSpot refuses the token', remedy: 'Put a valid access token into the connection' }
    }
    if (verdict.kind === 'garbage') {
      return {
        ok: false,
        why: `The address answers, but not as HubSpot does: ${verdict.why}`,
        remedy: 'Check baseUrl and any proxy between',
      }
    }
    if (verdict.kind !== 'ok') return { ok: false, why: verdict.why, remedy: 'Try again; HubSpot status is at https://status.hubspot.com' }
    const property = await context.client.property(type, RECORD_ID, signal)
    if (property.exchange.status === 404) {
      return {
        ok: false,
        why: `${type} have no property ${RECORD_ID}`,
        remedy: `Create a single-line text property ${RECORD_ID} on ${type} that requires unique values`,
      }
    }
  }
  return { ok: true, account }
}

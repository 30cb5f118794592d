import { OperatorError } from '../fault.ts'

export const FAULTS = ['outage', 'ratelimit', 'lost-answers', 'duplicates', 'reorder', 'expired-token'] as const
export type FaultName = (typeof FAULTS)[number]

/** What the stand-in is told to do wrong, and what to expect of the hub. */
export interface Order {
  readonly faults: readonly object[]
  /** An admin verb besides. */
  readonly verb?: { readonly name: string; readonly input: unknown }
  readonly expect: string
}

/** Webhooks as they should be. */
const MENDED = { duplicate: 0, reorder: 0, drop: 0 }
/** Writes, as each vendor spells them. */
const WRITES = '^(POST|PATCH|PUT)'

export function faultOf(name: FaultName, system: string): Order {
  switch (name) {
    case 'outage':
      return {
        faults: [{ kind: 'status', status: 503 }],
        expect: 'The breaker opens; changes wait in their order and go out after it heals.',
      }
    case 'ratelimit':
      return {
        faults: [{ kind: 'status', status: system === 'salesforce' ? 403 : 429, probability: 0.5 }],
        expect: 'The hub slows down; no attempt is used up.',
      }
    case 'lost-answers':
      return {
        faults: [{ kind: 'dropAfter', match: WRITES, probability: 0.5 }],
        expect: 'Writes take effect but nobody hears of it; the hub looks before it writes again, so nothing is doubled.',
      }
    case 'duplicates':
      return webhooks(system, { duplicate: 1 }, 'Every webhook comes twice; the second one changes nothing.')
    case 'reorder':
      return webhooks(system, { reorder: 0.5, delayMs: 200 }, 'Webhooks overtake one another; older states lose to newer ones.')
    case 'expired-token':
      // Salesforce's sessions end and are renewed; the others' tokens are mended by a person.
      if (system === 'salesforce')
        return { faults: [], verb: { name: 'expire', input: {} }, expect: 'Every session has ended; the hub logs in again, once.' }
      return {
        faults: [{ kind: 'status', status: 401 }],
        expect: 'Nothing goes out and nothing is lost; "npm run tl -- status" says what to mend. Healing it is the new token.',
      }
  }
}

/** What heals whatever was broken. */
export function mending(system: string): Order['verb'] | null {
  return system === 'salesforce' ? null : { name: 'webhooks', input: { ...MENDED, delayMs: 0 } }
}

function webhooks(system: string, input: object, expect: string): Order {
  if (system === 'salesforce')
    throw new OperatorError('Salesforce sends no webhooks', {
      where: system,
      why: 'the hub polls it, so none can come twice or out of order',
      next: 'Try: npm run tl -- demo break hubspot --fault duplicates',
    })
  return { faults: [], verb: { name: 'webhooks', input }, expect }
}

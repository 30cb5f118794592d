export const FAULTS = ['outage', 'ratelimit', 'lost-answers'] as const
export type FaultName = (typeof FAULTS)[number]

/** What the sandbox is told to do wrong, and what to expect of the hub. */
export function faultOf(name: FaultName, system: string): { readonly faults: readonly object[]; readonly expect: string } {
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
        faults: [{ kind: 'dropAfter', match: '^(POST|PATCH)', probability: 0.5 }],
        expect: 'Writes take effect but nobody hears of it; the hub looks before it writes again, so nothing is doubled.',
      }
  }
}

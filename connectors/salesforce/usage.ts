import type { ConnectorIo } from '@throughline/sdk'

/** How much of the org's calls of a rolling day is used, by the vendor's own count: all its integrations together. */
export interface Usage {
  /** Takes note of what an answer says of it. */
  note(headers: Headers | null): void
  /** A few words once it is worth saying; `null` below four fifths, or while nothing is known. */
  words(): string | null
}

/** Shares at which a line is logged, once for each crossing. */
const WORTH_SAYING = [0.8, 0.95]

/**
 * Says it, and holds nothing back: a limit reported to the hub stops every call of the connection, writes too, and what is
 * left of the quota belongs to them. The vendor's own refusal does that once it is used up.
 */
export function createUsage(log: ConnectorIo['log']): Usage {
  let known: { readonly used: number; readonly max: number } | null = null
  let said = 0

  return {
    note(headers) {
      // More kinds may follow: "api-usage=18/5000; per-app-api-usage=17/250(appName=sample)".
      const [, used, max] = /\bapi-usage=(\d+)\/(\d+)/.exec(headers?.get('sforce-limit-info') ?? '') ?? []
      if (used === undefined || max === undefined || Number(max) <= 0) return
      known = { used: Number(used), max: Number(max) }
      const level = WORTH_SAYING.filter((share) => Number(used) >= share * Number(max)).length
      if (level > said) log('salesforce has used up much of its daily calls', known)
      said = level
    },
    words: () => (said === 0 || known === null ? null : `${Math.floor((100 * known.used) / known.max)} % of ${known.max} daily calls used`),
  }
}

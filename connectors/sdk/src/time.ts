/** Milliseconds UTC of a vendor's ISO 8601 time; `null` for anything that is none. A time without a zone is UTC. */
export function timeOf(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const time = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(value) || !value.includes(':') ? value : `${value}Z`)
  return Number.isNaN(time) ? null : time
}

const shown = 40

/**
 * What a value looks like without telling what it is: letters become `a`, digits `9`. Safe in logs and errors, because
 * marked personal data must not appear there.
 */
export function describe(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value !== 'string') return typeof value === 'object' ? 'an object' : `a ${typeof value}`
  if (value === '') return 'an empty text'
  const mask = value.slice(0, shown).replace(/\p{L}/gu, 'a').replace(/\p{N}/gu, '9')
  return `a text like ${JSON.stringify(value.length > shown ? `${mask}…` : mask)}`
}

/** The value itself as JSON, shortened. Only for values that are not personal data. */
export function show(value: unknown): string {
  if (value !== null && typeof value === 'object') return describe(value)
  const text = JSON.stringify(typeof value === 'string' && value.length > shown ? `${value.slice(0, shown)}…` : value)
  return text ?? describe(value)
}

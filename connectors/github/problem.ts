/** The vendor's error body as one line for people: codes and fields, never values, which may be personal. */
export function describe(status: number | null, body: unknown): string {
  const { message, errors } = asObject(body)
  const codes = asArray(errors)
    .map(asObject)
    .map(({ field, code }) => [field, code].filter((part) => typeof part === 'string').join(' '))
    .filter((text) => text !== '')
  const parts = [status === null ? '' : String(status), typeof message === 'string' ? message.slice(0, 200) : '']
  if (codes.length > 0) parts.push(`(${codes.join(', ')})`)
  return parts.filter((part) => part !== '').join(' ')
}

export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

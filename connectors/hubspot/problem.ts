/** The vendor's error body, every member optional, reduced to what decisions need. */
export interface Problem {
  readonly category: string
  /** Machine-readable codes such as `PROPERTY_DOESNT_EXIST`. */
  readonly codes: readonly string[]
  readonly properties: readonly string[]
  readonly scopes: readonly string[]
  /** `policyName` of a rate-limit answer. */
  readonly policy: string
  /** Trace ids and object ids of the inputs it speaks of, where it names any. */
  readonly inputs: readonly string[]
  /** The object that already holds a unique value. */
  readonly existingId: string | null
}

/** Reads an error body or one entry of a partial answer's `errors`; anything else gives empty members. */
export function problemOf(body: unknown): Problem {
  const error = asObject(body)
  const message = typeof error.message === 'string' ? error.message : ''
  const details = [error, ...asArray(error.errors).map(asObject)]
  const contexts = details.map((detail) => asObject(detail.context))
  const named = (key: string): string[] => contexts.flatMap((context) => asArray(context[key])).filter((entry) => typeof entry === 'string')
  const embedded = embeddedIn(message)
  return {
    category: String(error.category ?? error.errorType ?? ''),
    codes: unique([
      ...details.flatMap((detail) => (typeof detail.code === 'string' ? [detail.code] : [])),
      ...embedded.flatMap((entry) => (typeof entry.error === 'string' ? [entry.error] : [])),
    ]),
    properties: unique([
      ...named('propertyName'),
      ...named('properties'),
      ...embedded.flatMap((entry) => (typeof entry.name === 'string' ? [entry.name] : [])),
    ]),
    scopes: unique(named('requiredGranularScopes')),
    policy: typeof error.policyName === 'string' ? error.policyName : '',
    inputs: unique([...named('objectWriteTraceId'), ...named('ids'), ...named('id')]),
    existingId: /existing id:\s*(\d+)/i.exec(message)?.[1] ?? null,
  }
}

/** One line for people. The vendor's own message is left out: it quotes the values, and values may be personal. */
export function describe(status: number | null, problem: Problem): string {
  const parts = [status === null ? '' : String(status), problem.category, problem.codes.join(', ')]
  if (problem.properties.length > 0) parts.push(`(${problem.properties.join(', ')})`)
  if (problem.scopes.length > 0) parts.push(`needs scope ${problem.scopes.join(', ')}`)
  if (problem.policy !== '') parts.push(problem.policy)
  if (problem.existingId !== null) parts.push(`held by object ${problem.existingId}`)
  return parts.filter((part) => part !== '').join(' ')
}

/** `Property values were not valid: [{"isValid":false,"error":"…","name":"…"}]` carries its reasons as JSON inside text. */
function embeddedIn(message: string): Record<string, unknown>[] {
  const from = message.indexOf('[{')
  if (from < 0) return []
  try {
    return asArray(JSON.parse(message.slice(from))).map(asObject)
  } catch {
    return []
  }
}

export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

export function asArray(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}

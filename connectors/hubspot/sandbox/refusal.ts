/** An error answer of the vendor. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, category: string, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.status = status
    this.body = { status: 'error', message, correlationId: CORRELATION, category, ...more }
  }
}

const CORRELATION = '00000000-0000-4000-8000-000000000000'

export function invalidProperty(name: string, code: string, text: string): Refusal {
  const embedded = JSON.stringify([{ isValid: false, message: text, error: code, name, localizedErrorMessage: text }])
  return new Refusal(400, 'VALIDATION_ERROR', `Property values were not valid: ${embedded}`, {
    errors: [{ message: text, code, context: { propertyName: [name] } }],
  })
}

/** A new object without what every object of its type has; shape and words from a capture. */
export function notSet(type: string, properties: readonly string[]): Refusal {
  return new Refusal(400, 'VALIDATION_ERROR', `Error creating ${type.toUpperCase()}. Some required properties were not set.`, {
    context: { properties },
  })
}

export function notFound(ids: readonly string[]): Refusal {
  return new Refusal(404, 'OBJECT_NOT_FOUND', 'Could not get some objects, they may be deleted or not exist. Check that ids are valid.', {
    context: { ids },
  })
}

/** The body of a fault's answer, in the shape of the vendor. */
export function errorBody(status: number): { body: unknown; headers?: Record<string, string> } {
  if (status === 429) return { body: rateLimited('TEN_SECONDLY_ROLLING') }
  if (status === 401) return { body: unauthenticated().body }
  const category =
    status === 423 ? 'LOCKED' : status === 477 ? 'MIGRATION_IN_PROGRESS' : status >= 500 ? 'INTERNAL_ERROR' : 'VALIDATION_ERROR'
  return { body: new Refusal(status, category, `Sandbox fault ${status}`).body }
}

export function rateLimited(policyName: 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY'): Readonly<Record<string, unknown>> {
  const message = {
    TEN_SECONDLY_ROLLING: 'You have reached your ten_secondly_rolling limit.',
    SECONDLY: 'You have reached your secondly limit.',
    DAILY: 'You have reached your daily limit.',
  }[policyName]
  return { status: 'error', message, errorType: 'RATE_LIMIT', correlationId: CORRELATION, policyName, requestId: CORRELATION }
}

export function unauthenticated(): Refusal {
  return new Refusal(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found or not valid.')
}

export function missingScopes(scopes: readonly string[]): Refusal {
  return new Refusal(403, 'MISSING_SCOPES', "This app hasn't been granted all required scopes to make this call.", {
    errors: [{ message: 'One or more of the following scopes are required.', context: { requiredGranularScopes: scopes } }],
  })
}

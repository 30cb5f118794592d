import { Refusal } from '../answer.ts'

const IDS: Readonly<Record<number, readonly [id: string, message: string]>> = {
  400: ['BadRequest', 'The request was malformed or missing a required parameter.'],
  401: ['AccessTokenInvalid', 'The access token you sent could not be found or is invalid.'],
  403: ['AccessDenied', 'The caller does not have access to the resource.'],
  404: ['NotFound', 'The resource could not be found.'],
  409: ['VersionMismatch', 'Version mismatch'],
  422: ['ValidationFailed', 'Validation error'],
  429: ['RateLimitExceeded', 'You have exceeded the rate limit of the Organization this Space belongs to.'],
  500: ['ServerError', 'Something went wrong on our side.'],
  503: ['ServiceUnavailable', 'Service temporarily unavailable.'],
}

export function errorBody(status: number, own: { id?: string; message?: string; details?: unknown } = {}): { readonly body: object } {
  const [id, message] = IDS[status] ?? ['ServerError', 'Something went wrong on our side.']
  const { details } = own
  const requestId = '0b22bcf71e0d624fbd878bc398746d2e'
  const body = {
    sys: { type: 'Error', id: own.id ?? id },
    message: own.message ?? message,
    ...(details === undefined ? {} : { details }),
    requestId,
  }
  return { body }
}

export function refuse(status: number, own: { id?: string; message?: string; details?: unknown } = {}): Refusal {
  return new Refusal(status, errorBody(status, own).body)
}

/** A field that does not pass validation. */
export function invalid(name: string, path: readonly string[], details: string): Refusal {
  return refuse(422, { details: { errors: [{ name, path, details }] } })
}

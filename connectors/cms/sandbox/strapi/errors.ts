import { Refusal } from '../answer.ts'

const NAMES: Readonly<Record<number, readonly [name: string, message: string]>> = {
  400: ['ValidationError', 'Invalid request'],
  401: ['UnauthorizedError', 'Missing or invalid credentials'],
  403: ['ForbiddenError', 'Forbidden'],
  404: ['NotFoundError', 'Not Found'],
  405: ['MethodNotAllowedError', 'Method Not Allowed'],
  429: ['RateLimitError', 'Too many requests, please try again later.'],
  500: ['InternalServerError', 'Internal Server Error'],
}

export function errorBody(status: number): { readonly body: unknown } {
  const [name, message] = NAMES[status] ?? ['ApplicationError', 'An error occurred']
  return { body: { data: null, error: { status, name, message, details: {} } } }
}

export function refuse(status: number, message?: string, details: object = {}): Refusal {
  const [name, standard] = NAMES[status] ?? ['ApplicationError', 'An error occurred']
  return new Refusal(status, { data: null, error: { status, name, message: message ?? standard, details } })
}

/** A field that does not pass validation. */
export function invalid(path: string, message: string, value: unknown): Refusal {
  return refuse(400, message, { errors: [{ path: [path], message, name: 'ValidationError', value }] })
}

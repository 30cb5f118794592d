import { Refusal } from '../answer.ts'

const TYPES: Readonly<Record<number, readonly [type: string, code: string | null, message: string]>> = {
  400: ['BadRequestError', null, 'The request could not be understood.'],
  401: ['UnauthorizedError', 'INVALID_JWT', 'Invalid token'],
  403: ['NoPermissionError', null, 'You do not have permission to perform this action'],
  404: ['NotFoundError', null, 'Resource not found error, cannot read post.'],
  409: ['UpdateCollisionError', 'UPDATE_COLLISION', 'Saving failed! Someone else is editing this post.'],
  422: ['ValidationError', null, 'Validation error, cannot save post.'],
  429: ['TooManyRequestsError', null, 'Too many requests.'],
  503: ['MaintenanceError', null, 'Ghost is currently in maintenance mode, please try again in a minute.'],
}

export function errorBody(status: number): { readonly body: unknown } {
  const [type, code, message] = TYPES[status] ?? [
    'InternalServerError',
    'UNEXPECTED_ERROR',
    'An unexpected error occurred, please try again.',
  ]
  const id = '0cf1b3a0-0000-11f0-8000-0242ac120002'
  return { body: { errors: [{ message, context: null, type, details: null, property: null, help: null, code, id, ghostErrorCode: null }] } }
}

export function refuse(status: number, context: string | null = null): Refusal {
  const { body } = errorBody(status)
  const [error] = (body as { errors: readonly object[] }).errors
  return new Refusal(status, { errors: [{ ...error, context }] })
}

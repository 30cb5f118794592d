import { Refusal } from '../answer.ts'

const NAMES: Readonly<Record<number, readonly [error: string, message: string]>> = {
  400: ['Bad Request', 'Invalid request'],
  401: ['Unauthorized', 'Session not found'],
  403: ['Forbidden', 'Insufficient permissions'],
  404: ['Not Found', 'Dataset not found'],
  429: ['Too Many Requests', 'Rate limit exceeded'],
  503: ['Service Unavailable', 'Service unavailable'],
}

/** How Sanity's gateway refuses. */
export function errorBody(status: number): { readonly body: object } {
  const [error, message] = NAMES[status] ?? ['Internal Server Error', 'An internal server error occurred']
  return { body: { statusCode: status, error, message } }
}

export function refuse(status: number): Refusal {
  return new Refusal(status, errorBody(status).body)
}

/** How a query that cannot be read is refused. */
export function queryError(query: string, description: string, at: number): Refusal {
  return new Refusal(400, { error: { description, type: 'queryParseError', query, start: at, end: query.length } })
}

export type Problem =
  | 'documentRevisionIDDoesNotMatchError'
  | 'documentAlreadyExistsError'
  | 'documentNotFoundError'
  | 'documentReferenceDoesNotExistError'
  | 'documentHasExistingReferencesError'
  | 'invalidMutationError'

const STATUS: Readonly<Partial<Record<Problem, number>>> = { documentNotFoundError: 404, invalidMutationError: 400 }

/** How a transaction is refused: none of its mutations takes effect. */
export function mutationError(type: Problem, id: string, index: number, more: object = {}): Refusal {
  const description = `The mutation(s) failed: ${type} for "${id}"`
  return new Refusal(STATUS[type] ?? 409, {
    error: { description, type: 'mutationError', items: [{ error: { type, description, id, ...more }, index }] },
  })
}

/** An error answer of the vendor. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.body = { message, ...more, documentation_url: 'https://docs.github.com/rest', status: String(status) }
    this.headers = headers
  }
}

export const notFound = (): Refusal => new Refusal(404, 'Not Found')

export function invalid(field: string, code: string, message?: string): Refusal {
  return new Refusal(422, 'Validation Failed', { errors: [{ resource: 'Issue', field, code, ...(message !== undefined && { message }) }] })
}

export function moved(url: string): Refusal {
  return new Refusal(301, 'Moved Permanently', { url }, { location: url })
}

/** The body and headers of a fault's answer, in the shape of the vendor. */
export function errorBody(status: number): { body: unknown; headers?: Record<string, string> } {
  if (status === 401) return { body: new Refusal(401, 'Bad credentials').body }
  if (status === 429) return { body: new Refusal(429, SECONDARY).body }
  if (status === 503)
    return { body: { code: 'service_unavailable', message: 'Service unavailable', documentation_url: 'https://docs.github.com/rest' } }
  return { body: new Refusal(status, status >= 500 ? 'Server Error' : `Sandbox fault ${status}`).body }
}

export const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'

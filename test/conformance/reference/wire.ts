import { VendorError, type ConnectorIo, type Exchange } from '@throughline/sdk'
import type { Has } from './defects.ts'

export interface ReferenceConfig {
  readonly url: string
  readonly token: string
  readonly webhookSecret: string
}

/** How one call ended. `lost`: it may have landed. `unsent`: it cannot have. */
export type Outcome =
  | { readonly kind: 'answer'; readonly body: Readonly<Record<string, unknown>>; readonly exchange: Exchange }
  | { readonly kind: 'status'; readonly status: number; readonly at: number | undefined; readonly exchange: Exchange }
  | { readonly kind: 'lost' | 'unsent'; readonly why: string; readonly exchange: Exchange }

export type Call = (method: string, path: string, body: unknown, signal: AbortSignal) => Promise<Outcome>

/** One call to the reference vendor, classified once. */
export function createCall(config: ReferenceConfig, io: ConnectorIo, has: Has): Call {
  return async function call(method, path, body, signal) {
    const write = path === '/people/batch'
    const request = body === undefined ? '' : JSON.stringify(body)
    const exchange = (status: number | null, answer: string): Exchange => ({
      method,
      path,
      request: has('leaks the token') ? `${config.token} ${request}` : request,
      status,
      answer: has('keeps no answer') ? '' : answer,
    })
    const deaf = write ? has('deaf to aborts while writing') : has('deaf to aborts while reading')
    if (signal.aborted && !deaf && !(write && has('sends what is aborted')))
      return { kind: 'unsent', why: 'aborted before it was sent', exchange: exchange(null, '') }
    const send = () =>
      io.fetch(`${config.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${config.token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: request }),
        ...(deaf || (signal.aborted && write) ? {} : { signal }),
      })
    let response: Response
    let text: string
    try {
      response = await send()
      if (response.status >= 500 && has('repeats by itself')) response = await send()
      text = await response.text()
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error && 'code' in error.cause ? error.cause.code : ''
      const unsent = cause === 'ECONNREFUSED' && !has('takes a refused connection for lost')
      return { kind: unsent ? 'unsent' : 'lost', why: String(error), exchange: exchange(null, '') }
    }
    if (!response.ok) {
      const wait = response.headers.get('retry-after')
      const at = wait === null || has('forgets when to come back') ? undefined : io.now() + Number(wait) * 1000
      return { kind: 'status', status: response.status, at, exchange: exchange(response.status, text) }
    }
    try {
      return { kind: 'answer', body: JSON.parse(text) as Record<string, unknown>, exchange: exchange(response.status, text) }
    } catch {
      if (has('takes HTML for empty')) return { kind: 'answer', body: {}, exchange: exchange(response.status, text) }
      return { kind: 'lost', why: 'the answer is not JSON', exchange: exchange(response.status, text) }
    }
  }
}

/** The answer to a reading call, or the error that says what to do. */
export function answered(outcome: Outcome, has: Has): Readonly<Record<string, unknown>> {
  if (outcome.kind === 'answer') return outcome.body
  if (outcome.kind !== 'status') throw new VendorError('retry', outcome.why)
  const { status, at } = outcome
  if (status === 401) throw new VendorError('unauthorised', 'the token is not accepted')
  if (status === 429 && !has('blind to limits')) throw new VendorError('limited', 'too many calls', { at })
  throw new VendorError(status >= 500 || status === 429 ? 'retry' : 'reject', `the vendor answered ${status}`)
}

import { VendorError, type ConnectorIo, type Exchange } from '@throughline/sdk'
import { Connection as Jsforce } from 'jsforce'
import { fateOf, faultIn, isSessionFault, retryAt, type Fate, type VendorFault } from './classify.ts'
import { API_VERSION, trimSlash, type SalesforceConfig } from './config.ts'
import type { Session } from './session.ts'
import { codeOf, createTransport, type Wire } from './transport.ts'
import { createUsage } from './usage.ts'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the version root (`/composite/sobjects`), or from `/services/`. */
  readonly path: string
  readonly body?: string
}

export type Answer =
  | { readonly ok: true; readonly body: unknown; readonly date: number | null; readonly exchange: Exchange }
  | {
      readonly ok: false
      readonly fate: Fate
      /** The vendor's code, if it gave one. */
      readonly code: string | null
      readonly why: string
      readonly at: number | undefined
      readonly cause: unknown
      readonly exchange: Exchange
    }

export interface Client {
  /** One call, through jsforce. Never throws and never repeats itself, but for one renewal of an expired session. */
  call(request: Request, signal: AbortSignal): Promise<Answer>
  /** The same for reading: the answer's body, or a `VendorError`. */
  fetch(request: Request, signal: AbortSignal): Promise<{ readonly body: unknown; readonly date: number | null }>
  /** How much of the daily quota is used, in words, once it is much. */
  usage(): string | null
  /** The id of the user we act as; `null` if it cannot be learned now. */
  user(signal: AbortSignal): Promise<string | null>
}

export function createClient(config: SalesforceConfig, io: ConnectorIo, session: Session): Client {
  const version = config.version ?? API_VERSION
  const instanceUrl = trimSlash(config.instanceUrl)
  const jsforce = new Jsforce({ instanceUrl, version, callOptions: { client: 'Throughline' } })
  const usage = createUsage(io.log)
  let known: string | null = null

  async function call(request: Request, signal: AbortSignal): Promise<Answer> {
    const first = await once(request, signal)
    if (!first.expired) return first.answer
    session.refused(first.token)
    return (await once(request, signal)).answer
  }

  /** One call, whatever becomes of it; takes note of the quota that its answer tells. */
  async function once(request: Request, signal: AbortSignal): Promise<{ answer: Answer; expired: boolean; token: string }> {
    const wire: Wire = { status: null, text: '', headers: null, sent: false }
    const path = request.path.startsWith('/services/') ? request.path : `/services/data/v${version}${request.path}`
    let token = ''
    try {
      token = await session.token(signal)
      // jsforce reads the token while `request` runs up to its first await, so concurrent calls cannot mix theirs up.
      jsforce.accessToken = token
      const body = await jsforce.request(
        {
          method: request.method,
          url: request.path,
          ...(request.body === undefined ? {} : { body: request.body, headers: { 'content-type': 'application/json' } }),
        },
        { transport: createTransport(io.fetch, signal, wire), retry: { maxRetries: 0 } },
      )
      if (wire.status !== null && wire.status >= 300) throw new Error(`unexpected redirect ${wire.status}`)
      const date = Date.parse(wire.headers?.get('date') ?? '')
      return { token, expired: false, answer: { ok: true, body, date: Number.isNaN(date) ? null : date, exchange: exchange() } }
    } catch (cause) {
      if (cause instanceof VendorError) return { token, expired: false, answer: beforeSending(cause) }
      const fault = wire.status === null ? null : (faultIn(errorBody(cause)) ?? textFault(wire.text))
      const expired = isSessionFault(wire.status, fault)
      const fate = fateOf(wire, fault)
      return {
        token,
        expired,
        answer: {
          ok: false,
          fate,
          code: fault?.code ?? null,
          why: say(wire, fault, cause),
          at: retryAt(wire.headers, io.now()),
          cause,
          exchange: exchange(),
        },
      }
    } finally {
      usage.note(wire.headers)
    }

    function exchange(): Exchange {
      return { method: request.method, path, request: request.body ?? '', status: wire.status, answer: wire.text }
    }
    function beforeSending(error: VendorError): Answer {
      const fate: Fate = error.next === 'retry' ? 'unsent' : error.next === 'reject' ? 'refused' : error.next
      return { ok: false, fate, code: null, why: error.message, at: error.at, cause: error, exchange: exchange() }
    }
  }

  async function fetch(request: Request, signal: AbortSignal): Promise<{ body: unknown; date: number | null }> {
    const answer = await call(request, signal)
    if (!answer.ok) throw vendorError(answer)
    // A page where data should be is a log-in or maintenance page: nothing was read, and nothing is known to be absent.
    if (typeof answer.body !== 'object' || answer.body === null) {
      throw new VendorError(
        'unauthorised',
        `Salesforce answered ${request.method} ${request.path.split('?')[0] ?? ''} with no data, but with a page`,
      )
    }
    return answer
  }

  return {
    call,
    fetch,
    usage: () => usage.words(),
    async user(signal) {
      const own = session.user() ?? known
      if (own !== null) return own
      const answer = await call({ method: 'GET', path: '/services/oauth2/userinfo' }, signal)
      const body = answer.ok ? answer.body : null
      if (typeof body === 'object' && body !== null && 'user_id' in body && typeof body.user_id === 'string') known = body.user_id
      return session.user() ?? known
    },
  }
}

export function vendorError(answer: Extract<Answer, { ok: false }>): VendorError {
  const { fate, why, at, cause } = answer
  const next = fate === 'limited' ? 'limited' : fate === 'unauthorised' ? 'unauthorised' : fate === 'refused' ? 'reject' : 'retry'
  return new VendorError(next, why, { at, cause })
}

/** jsforce keeps the vendor's errors in `data`: one object, or an array of several. */
function errorBody(cause: unknown): unknown {
  return cause instanceof Error && 'data' in cause ? cause.data : undefined
}

/** The identity service answers in plain text. */
function textFault(text: string): VendorFault | null {
  return text.trim() === 'Bad_OAuth_Token' ? { code: 'Bad_OAuth_Token', message: 'Session expired or invalid', fields: [] } : null
}

function say(wire: Wire, fault: VendorFault | null, cause: unknown): string {
  if (fault) return `Salesforce answered ${wire.status} ${fault.code}: ${fault.message}`
  if (wire.status !== null) return `Salesforce answered ${wire.status} with something that is no answer of its own`
  const reason = codeOf(cause) || (cause instanceof Error ? cause.name : String(cause))
  return wire.sent ? `Salesforce gave no answer (${reason})` : `Salesforce could not be reached (${reason})`
}

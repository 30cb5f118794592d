import { VendorError, type ConnectorIo } from '@throughline/sdk'
import { faultIn, fateOf, isSessionFault, retryAt } from './classify.ts'
import type { Session } from './session.ts'
import { codeOf } from './transport.ts'

/** One message of the protocol, as far as it is used. */
export interface Message {
  readonly channel: string
  readonly successful: boolean
  readonly error: string
  readonly clientId: string
  /** What the server wants next: `handshake` anew, or `none`; how long to wait before it, in milliseconds. */
  readonly advice: { readonly reconnect: string; readonly interval: number }
  readonly data: unknown
}

/** What the server did not accept, where the listener itself can mend it. */
export class Declined extends Error {
  override readonly name = 'Declined'
  /** `session`: the token; `client`: it has forgotten us; `replay`: it does not keep events from there on. */
  readonly what: 'session' | 'client' | 'replay'

  constructor(what: Declined['what'], message: string) {
    super(message)
    this.what = what
  }
}

/** The protocol's calls. Each throws `Declined` or `VendorError`, and answers the events that came along. */
export interface Bayeux {
  handshake(signal: AbortSignal): Promise<void>
  /** `replay`: the last event already known, or -1 for none but what comes from now on. */
  subscribe(channel: string, replay: number, signal: AbortSignal): Promise<readonly Message[]>
  /** Answers when there are events, or when the server has held the call for as long as it does. */
  connect(signal: AbortSignal): Promise<readonly Message[]>
}

const HOUR = 3_600_000

/**
 * Bayeux over long polling, one message a call. jsforce brings faye for this, which sets
 * timers of its own, opens its own sockets, keeps the token it was made with and drops the vendor's refusal of a replay id
 * without a word; nothing of that can be bound to the ports, and what is left of the protocol is three messages.
 */
export function createBayeux(url: string, session: Session, io: ConnectorIo): Bayeux {
  const cookies = new Map<string, string>()
  let clientId = ''
  let sent = 0

  async function send(message: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<readonly Message[]> {
    const token = await session.token(signal)
    sent += 1
    let response: Response
    let text: string
    try {
      response = await io.fetch(url, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...(cookies.size === 0 ? {} : { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') }),
        },
        body: JSON.stringify([{ ...message, id: String(sent), ...(clientId === '' ? {} : { clientId }) }]),
        redirect: 'manual',
        signal,
      })
      text = await response.text()
    } catch (cause) {
      throw new VendorError('retry', `Salesforce's event stream broke off (${codeOf(cause) || String(cause)})`, { cause })
    }
    for (const cookie of response.headers.getSetCookie()) keep(cookie)
    const messages = readMessages(text)
    if (messages === null) throw strangerSays(response, text, token)
    for (const one of messages) if (isSessionError(one.error)) session.refused(token)
    return messages
  }

  function keep(cookie: string): void {
    const [, name, value] = /^([^=;\s]+)=([^;]*)/.exec(cookie) ?? []
    if (name !== undefined && value !== undefined) cookies.set(name, value)
  }

  /** An answer that is not of the protocol: a refusal of the front door, or a page. */
  function strangerSays(response: Response, text: string, token: string): Error {
    const { status, headers } = response
    const fault = faultIn(parse(text))
    const what = `Salesforce's event stream answered ${status}${fault ? ` ${fault.code}: ${fault.message}` : ' with something that is no answer of its own'}`
    if (isSessionFault(status, fault) || status === 401) {
      session.refused(token)
      return new Declined('session', what)
    }
    const fate = fateOf({ status, sent: true }, fault)
    const at = retryAt(headers, io.now())
    if (fate === 'limited') return new VendorError('limited', what, { at })
    if (fate === 'unauthorised' || status < 300) return new VendorError('unauthorised', what)
    return new VendorError('retry', what, { at })
  }

  /** The server's own answer on a channel, or its refusal as an error. */
  function answerOf(messages: readonly Message[], channel: string): Message {
    const answer = messages.find((message) => message.channel === channel)
    if (!answer) throw new VendorError('retry', `Salesforce's event stream did not answer ${channel}`)
    if (answer.successful) return answer
    throw refusal(answer, io.now())
  }

  function events(messages: readonly Message[]): readonly Message[] {
    return messages.filter((message) => !message.channel.startsWith('/meta/'))
  }

  return {
    async handshake(signal) {
      clientId = ''
      const hello = { channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'], ext: { replay: true } }
      const answer = answerOf(await send(hello, signal), '/meta/handshake')
      if (answer.clientId === '') throw new VendorError('retry', "Salesforce's event stream gave no client id")
      clientId = answer.clientId
    },
    async subscribe(channel, replay, signal) {
      const ask = { channel: '/meta/subscribe', subscription: channel, ext: { replay: { [channel]: replay } } }
      const messages = await send(ask, signal)
      answerOf(messages, '/meta/subscribe')
      return events(messages)
    },
    async connect(signal) {
      const messages = await send({ channel: '/meta/connect', connectionType: 'long-polling' }, signal)
      const { advice } = answerOf(messages, '/meta/connect')
      const news = events(messages)
      // Nobody waits in here: events that are there go first, an order to wait ends the stream with its time.
      if (news.length > 0) return news
      if (advice.reconnect === 'handshake') throw new Declined('client', 'Salesforce asks for a new handshake')
      if (advice.reconnect === 'none' || advice.interval > 0) {
        throw new VendorError('retry', "Salesforce's event stream asks to come back later", { at: io.now() + advice.interval })
      }
      return news
    },
  }
}

function isSessionError(error: string): boolean {
  return /^401\b/.test(error)
}

function refusal(answer: Message, now: number): Error {
  const { error, channel } = answer
  const what = `Salesforce's event stream refused ${channel}: ${error}`
  if (isSessionError(error)) return new Declined('session', what)
  if (/unknown client|no .* cookie/i.test(error)) return new Declined('client', what)
  if (/^40[03]\b.*replay/i.test(error)) return new Declined('replay', what)
  // Not the quota of API calls, so nothing else has to wait: events are counted apart, over a rolling day.
  if (/limit exceeded|limit reached/i.test(error)) return new VendorError('retry', what, { at: now + HOUR })
  if (channel === '/meta/subscribe' && /^40[034]\b/.test(error)) return new VendorError('reject', what)
  if (answer.advice.reconnect === 'handshake') return new Declined('client', what)
  if (/^403\b/.test(error)) return new VendorError('unauthorised', what)
  return new VendorError('retry', what)
}

/** `null` for anything but a list of messages. */
function readMessages(text: string): readonly Message[] | null {
  const body = parse(text)
  if (!Array.isArray(body)) return null
  const messages = body.map(toMessage)
  return messages.every((message) => message !== null) ? messages : null
}

function toMessage(item: unknown): Message | null {
  if (typeof item !== 'object' || item === null) return null
  const { channel, successful, error, clientId, advice, data, ext } = item as Readonly<Record<string, unknown>>
  if (typeof channel !== 'string') return null
  const { reconnect, interval } = record(advice)
  // A handshake's own error is only "denied"; the reason is in the vendor's extension.
  const reason = record(record(ext)['sfdc'])['failureReason'] ?? error
  return {
    channel,
    successful: successful === true,
    error: typeof reason === 'string' ? reason : '',
    clientId: typeof clientId === 'string' ? clientId : '',
    advice: { reconnect: typeof reconnect === 'string' ? reconnect : 'retry', interval: typeof interval === 'number' ? interval : 0 },
    data,
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

/** Whole numbers beyond what JSON numbers hold here (`commitNumber`) stay as they were written, as text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value,
    ) as unknown
  } catch {
    return undefined
  }
}

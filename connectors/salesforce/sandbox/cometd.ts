import { http, type HttpHandler } from 'msw'
import { eventText, type ChangeEvent } from './events.ts'
import { findObject } from './objects.ts'
import type { Org } from './org.ts'

/** One client of the event stream. */
interface Client {
  readonly token: string
  readonly cookie: string
  /** Channel → what is still to be sent. */
  readonly queues: Map<string, ChangeEvent[]>
  stop(): void
  wake(): void
  connects: number
}

interface Input {
  readonly channel?: unknown
  readonly id?: unknown
  readonly clientId?: unknown
  readonly subscription?: unknown
  readonly ext?: { readonly replay?: Readonly<Record<string, unknown>> }
}

const COOKIE = 'BAYEUX_BROWSER'
const AUTHENTICATION = '401::Authentication invalid'

/** The event stream: Bayeux by long polling, with replay. Events of every object are published. */
export function cometd(org: Org, holdMs: number): HttpHandler[] {
  const clients = new Map<string, Client>()
  let made = 0

  const refuse = (message: Input, error: string, reconnect: string, ext: object = {}): string => {
    const { channel, id, clientId } = message
    return JSON.stringify({ channel, id, clientId, successful: false, error, advice: { reconnect, interval: 0 }, ...ext })
  }

  function handshake(message: Input, token: string): { text: string; cookie?: string } {
    if (org.sessions.userOf(token) === undefined) {
      return { text: refuse(message, '403::Handshake denied', 'none', { ext: { sfdc: { failureReason: AUTHENTICATION }, replay: true } }) }
    }
    made += 1
    const clientId = `client${made.toString(36)}`
    const cookie = `browser${made.toString(36)}`
    clients.set(clientId, { token, cookie, queues: new Map(), stop: () => {}, wake: () => {}, connects: 0 })
    const hello = { version: '1.0', minimumVersion: '1.0', supportedConnectionTypes: ['long-polling'], ext: { replay: true } }
    return { text: JSON.stringify({ ...hello, clientId, channel: message.channel, id: message.id, successful: true }), cookie }
  }

  function subscribe(message: Input, client: Client): string {
    const channel = String(message.subscription ?? '')
    if (!isChannel(channel)) return refuse(message, `400::The channel you requested to subscribe to does not exist {${channel}}`, 'none')
    const replay = Number(message.ext?.replay?.[channel] ?? -1)
    const missed = org.events.after(replay)
    if (missed === null) {
      const why = `400::The replayId {${replay}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.`
      return refuse(message, why, 'none')
    }
    const wanted = entityOf(channel)
    const queue = missed.filter((event) => wanted === null || event.entity === wanted)
    client.queues.set(channel, queue)
    client.stop()
    client.stop = org.events.watch((event) => {
      for (const [name, waiting] of client.queues) {
        const entity = entityOf(name)
        if (entity === null || event.entity === entity) waiting.push(event)
      }
      client.wake()
    })
    const { id, clientId } = message
    return JSON.stringify({ channel: message.channel, id, clientId, subscription: channel, successful: true })
  }

  async function connect(message: Input, client: Client, gone: AbortSignal): Promise<string> {
    client.connects += 1
    // The first one is answered at once, with the server's advice; the others are held.
    if (client.connects > 1 && [...client.queues.values()].every((queue) => queue.length === 0)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, holdMs)
        timer.unref()
        client.wake = resolve
        gone.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    // Who has gone is told nothing, so the events stay for its next call.
    if (gone.aborted) return ''
    if (org.sessions.userOf(client.token) === undefined) return refuse(message, AUTHENTICATION, 'none')
    const events = [...client.queues].flatMap(([channel, queue]) => queue.splice(0).map((event) => eventText(event, channel)))
    const { id, clientId, channel } = message
    const advice = client.connects === 1 ? { advice: { reconnect: 'retry', interval: 0, timeout: holdMs } } : {}
    return [...events, JSON.stringify({ channel, id, clientId, successful: true, ...advice })].join(',')
  }

  function perform(message: Input, request: Request, token: string): string | Promise<string> {
    const { channel, id, subscription } = message
    const client = clients.get(String(message.clientId ?? ''))
    if (!client) return refuse(message, '403::Unknown client', 'handshake')
    if (!(request.headers.get('cookie') ?? '').includes(`${COOKIE}=${client.cookie}`)) {
      return refuse(message, `400::Client ${String(message.clientId)} has established a session, but no ${COOKIE} cookie present`, 'none')
    }
    if (org.sessions.userOf(token) === undefined) return refuse(message, AUTHENTICATION, 'none')
    switch (channel) {
      case '/meta/subscribe':
        return subscribe(message, client)
      case '/meta/connect':
        return connect(message, client, request.signal)
      case '/meta/unsubscribe':
        client.queues.delete(String(subscription))
        return JSON.stringify({ channel, id, subscription, successful: true })
      case '/meta/disconnect':
        client.stop()
        clients.delete(String(message.clientId))
        return JSON.stringify({ channel, id, successful: true })
      default:
        return refuse(message, '400::Unknown channel', 'none')
    }
  }

  async function serve(request: Request): Promise<Response> {
    const token = /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
    let body: unknown
    try {
      body = JSON.parse(await request.text())
    } catch {
      return new Response('Bad Request', { status: 400 })
    }
    const messages = (Array.isArray(body) ? body : [body]) as Input[]
    const headers: Record<string, string> = { 'content-type': 'application/json;charset=UTF-8' }
    const texts: string[] = []
    // What else came along is done before the call is held.
    for (const message of messages.toSorted((a, b) => Number(a.channel === '/meta/connect') - Number(b.channel === '/meta/connect'))) {
      if (message.channel === '/meta/handshake') {
        const { text, cookie } = handshake(message, token)
        texts.push(text)
        if (cookie !== undefined) headers['set-cookie'] = `${COOKIE}=${cookie};Path=/;HttpOnly`
      } else texts.push(await perform(message, request, token))
    }
    return new Response(`[${texts.filter((text) => text !== '').join(',')}]`, { headers })
  }

  // Clients of other makers add the message's name to the address.
  return [
    http.post('*/cometd/:version', ({ request }) => serve(request)),
    http.post('*/cometd/:version/:kind', ({ request }) => serve(request)),
  ]
}

/** `/data/ChangeEvents`, `/data/ContactChangeEvent`, or a channel of the org's own. */
function isChannel(channel: string): boolean {
  if (channel === '/data/ChangeEvents' || /^\/data\/\w+__chn$/.test(channel)) return true
  return entityOf(channel) !== null
}

/** The one object that a channel is about; `null` for channels of all. */
function entityOf(channel: string): string | null {
  return findObject(/^\/data\/(\w+)ChangeEvent$/.exec(channel)?.[1] ?? '')?.name ?? null
}

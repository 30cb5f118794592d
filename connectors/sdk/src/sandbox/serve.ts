import type { ServerResponse } from 'node:http'
import { serve } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { getResponse, type RequestHandler } from 'msw'
import { createFaultBox, type Fault, type FaultBox } from './faults.ts'
import { seededRandom } from './random.ts'

/** What a vendor's sandbox brings: msw handlers around its own state, and a few admin verbs for tests and the demo. */
export interface SandboxSpec {
  /** Vendor name, named in the 501 of an unknown route. */
  readonly name: string
  readonly handlers: readonly RequestHandler[]
  /** The vendor's own error shape for a `status` fault without a body. */
  errorBody(status: number): { readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Whether a call (`METHOD /path`) writes records; counted apart from reads. */
  isWrite(call: string): boolean
  /** Extra admin verbs, mounted at `/_sandbox/<name>`: JSON in, JSON out. */
  readonly admin?: Readonly<Record<string, (input: unknown) => unknown | Promise<unknown>>>
  readonly seed?: number
}

export interface Sandbox {
  readonly url: string
  readonly port: number
  readonly faults: FaultBox
  readonly calls: CallCounters
  close(): Promise<void>
}

export interface CallCounters {
  readonly writes: number
  readonly reads: number
  /** By `METHOD /path`, ids replaced by `:id`. */
  readonly byCall: Readonly<Record<string, number>>
}

/**
 * Serves a sandbox on loopback. Admin surface, never part of the vendor's protocol:
 * `GET /_sandbox/health`, `GET|DELETE /_sandbox/calls`, `GET|PUT|DELETE /_sandbox/faults`, `GET /_sandbox/stalled`
 * (long poll: answers once for each stalled call that has taken effect, also one from before the question; setting the
 * faults anew forgets unasked ones), and the spec's own verbs by POST. An admin call that cannot be understood answers 400.
 */
export async function serveSandbox(spec: SandboxSpec, port: number): Promise<Sandbox> {
  const faults = createFaultBox(seededRandom(spec.seed ?? 1))
  const calls = { writes: 0, reads: 0, byCall: {} as Record<string, number> }
  const stalled = createAnnouncements()
  const app = new Hono<{ Bindings: { outgoing: ServerResponse } }>()

  app.get('/_sandbox/health', (c) => c.json({ ok: true, name: spec.name }))
  app.get('/_sandbox/calls', (c) => c.json(calls))
  app.delete('/_sandbox/calls', (c) => {
    calls.writes = 0
    calls.reads = 0
    calls.byCall = {}
    return c.json(calls)
  })
  app.get('/_sandbox/faults', (c) => c.json(faults.list()))
  app.put('/_sandbox/faults', async (c) => {
    const wanted = await c.req.json<Fault[]>()
    faults.set(wanted)
    stalled.forget()
    return c.json(faults.list())
  })
  app.delete('/_sandbox/faults', (c) => {
    faults.set([])
    stalled.forget()
    return c.json([])
  })
  app.get('/_sandbox/stalled', async (c) => {
    return c.json({ call: await stalled.next(c.req.raw.signal) })
  })
  app.post('/_sandbox/:verb', async (c) => {
    const verb = spec.admin?.[c.req.param('verb')]
    if (!verb) return c.json({ error: `${spec.name} sandbox has no admin verb "${c.req.param('verb')}"` }, 404)
    const text = await c.req.text()
    return c.json((await verb(text === '' ? undefined : JSON.parse(text))) ?? null)
  })

  app.onError((error, c) => {
    if (c.req.path.startsWith('/_sandbox/')) return c.json({ error: error.message }, 400)
    console.error(`${spec.name} sandbox failed on ${c.req.method} ${c.req.path}`, error)
    return c.json({ error: `The ${spec.name} sandbox failed: ${error.message}` }, 500)
  })

  app.all('*', async (c) => {
    const call = `${c.req.method} ${c.req.path}`
    const shape = call.replaceAll(/\/[^/]*\d[^/]*(?=\/|$)/g, (part) => (/^\/v\d/.test(part) ? part : '/:id'))
    calls.byCall[shape] = (calls.byCall[shape] ?? 0) + 1
    if (spec.isWrite(call)) calls.writes += 1
    else calls.reads += 1
    const fault = faults.take(call)
    if (fault?.kind === 'delay') await pause(fault.ms ?? 0)
    if (fault?.kind === 'dropBefore') return hangUp(c.env.outgoing)
    if (fault?.kind === 'status') {
      const status = fault.status ?? 503
      const own = spec.errorBody(status)
      return Response.json(fault.body ?? own.body, { status, headers: { ...own.headers, ...fault.headers } })
    }
    const response = await getResponse([...spec.handlers], c.req.raw)
    if (fault?.kind === 'dropAfter') return hangUp(c.env.outgoing)
    if (fault?.kind === 'stallAfter') {
      stalled.announce(call)
      await pause(fault.ms ?? 60_000)
    }
    if (fault?.kind === 'garbage') return c.html('<html><body>Scheduled maintenance</body></html>')
    return response ?? c.json({ error: `The ${spec.name} sandbox does not know ${call}` }, 501)
  })

  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1', overrideGlobalObjects: false })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    faults,
    calls,
    close: () =>
      new Promise((resolve) => {
        if ('closeAllConnections' in server) server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

/**
 * Closes the connection without an answer, as a network that drops does. The marker tells the adapter that nothing is
 * left to send; without it the adapter writes a head to the dead socket.
 */
function hangUp(outgoing: ServerResponse): Response {
  outgoing.destroy()
  return RESPONSE_ALREADY_SENT
}

/** A wait that does not keep the process of a closed sandbox alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

/** A queue of names and of those who wait for one. */
function createAnnouncements() {
  const names: string[] = []
  const waiting = new Set<(name: string) => void>()
  return {
    announce(name: string): void {
      const first = waiting.values().next().value
      if (first) first(name)
      else names.push(name)
    },
    next(signal: AbortSignal): Promise<string> {
      const name = names.shift()
      if (name !== undefined) return Promise.resolve(name)
      return new Promise((resolve) => {
        const take = (given: string): void => {
          waiting.delete(take)
          resolve(given)
        }
        waiting.add(take)
        signal.addEventListener('abort', () => waiting.delete(take), { once: true })
      })
    },
    forget(): void {
      names.length = 0
    },
  }
}

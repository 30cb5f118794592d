import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Hub } from '@throughline/core'
import { Refused, type RawRequest } from '@throughline/sdk'
import { Hono, type Context } from 'hono'
import { readBody, readIncoming } from './body.ts'
import { Problem } from './problem.ts'

export interface HooksOptions {
  readonly hub: Pick<Hub, 'accept'>
  /** The address vendors were given, without a slash at its end. */
  readonly publicUrl: string
  /** Most bytes that the body of a webhook of this connection may have; asked for unknown ones, too. */
  limit(connection: string): number
  /** Milliseconds UTC. */
  now(): number
}

/** `POST /hooks/:connection`: answers 200 only once the webhook is durable. The connector verifies it over the raw bytes. */
export function hooks(options: HooksOptions): Hono {
  const app = new Hono()
  app.post('/:connection', async (c) => {
    const receivedAt = options.now()
    const request: RawRequest = {
      method: c.req.method,
      ...(await arrived(c, options, options.limit(c.req.param('connection')))),
      receivedAt,
    }
    try {
      await options.hub.accept(c.req.param('connection'), request)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      throw refusal(error)
    }
    return c.json({ ok: true })
  })
  app.all('/:connection', () => {
    throw new Problem(405, 'method', 'Webhooks are posted', 'Send it with POST.', { allow: 'POST' })
  })
  return app
}

/** What came, from the socket where there is one. */
async function arrived(c: Context, { publicUrl }: HooksOptions, limit: number): Promise<Pick<RawRequest, 'url' | 'headers' | 'body'>> {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  if (incoming?.url?.startsWith('/')) {
    const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
    return { url: publicUrl + incoming.url, headers, body: await readIncoming(incoming as IncomingMessage, limit) }
  }
  const body = await readBody(c.req.raw, limit)
  const { pathname, search } = new URL(c.req.url)
  const headers = Object.fromEntries([...c.req.raw.headers].map(([name, value]) => [name.toLowerCase(), value]))
  return { url: publicUrl + pathname + search, headers, body }
}

function refusal(error: Refused): Problem {
  switch (error.reason) {
    case 'unsigned':
      return new Problem(401, 'unsigned', 'The signature is missing or wrong', error.message)
    case 'stale':
      return new Problem(401, 'stale', 'The signature is too old or from the future', error.message)
    case 'malformed':
      return new Problem(400, 'malformed', 'This is not what the vendor sends', error.message)
  }
}

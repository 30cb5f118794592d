import type { IncomingMessage } from 'node:http'
import { serve } from '@hono/node-server'
import { loadRegistry, parseMapping } from '@throughline/contracts'
import { createHub, createIds, createStore, openDb, systemClock } from '@throughline/core'
import { hubspot } from '@throughline/hubspot'
import { Hono } from 'hono'
import { readFile } from 'node:fs/promises'
import { answer } from './lib/child.ts'

// Intake alone: a real hub whose stages are not started, over a database file. `/parse` is the handler that bars are
// measured against; `/single` the same hub with one request at a time, so one transaction each.

const [file] = process.argv.slice(2)
const ids = createIds(systemClock)
const store = createStore(await openDb(file!), { ids, clock: systemClock })
const mappings = await Promise.all(
  Object.values(hubspot.mappings).map(async (url) => parseMapping(await readFile(url, 'utf8'), url.pathname)),
)
const hub = createHub({
  store,
  clock: systemClock,
  ids,
  node: ids.next(),
  registry: loadRegistry(),
  connections: [{ name: 'hubspot', connector: hubspot, config: { token: 't', clientSecret: 'secret' }, mappings, pollMs: 60_000, fetch }],
  systems: ['hubspot'],
  exclusive: true,
  log: (message, details) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
})

const app = new Hono<{ Bindings: { incoming: IncomingMessage } }>()
let port = 0

app.post('/parse', async (c) => {
  const items = await c.req.json<unknown[]>()
  return c.json({ items: items.length })
})

function bytesOf(incoming: IncomingMessage): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => resolve(chunks))
    incoming.on('error', reject)
  })
}

async function take(incoming: IncomingMessage, path: string): Promise<number> {
  const chunks = await bytesOf(incoming)
  const { items } = await hub.accept('hubspot', {
    method: 'POST',
    url: `http://127.0.0.1:${port}${path}`,
    headers: incoming.headers as Record<string, string>,
    body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks),
    receivedAt: Date.now(),
  })
  return items
}

app.post('/hooks/hubspot', async (c) => c.json({ items: await take(c.env.incoming, '/hooks/hubspot') }))

let before: Promise<unknown> = Promise.resolve()
app.post('/single', async (c) => {
  const mine = before.then(() => take(c.env.incoming, '/single'))
  before = mine.catch(() => undefined)
  return c.json({ items: await mine })
})

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
await new Promise((resolve) => server.once('listening', resolve))
const address = server.address()
port = typeof address === 'object' && address ? address.port : 0

answer({
  port: () => port,
  events: async () => (await store.all<{ n: number }>('SELECT count(*) AS n FROM events'))[0]!.n,
  async stop() {
    server.close()
    await store.close()
  },
})

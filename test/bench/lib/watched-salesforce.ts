import { serve } from '@hono/node-server'
import { serveSalesforce } from '@throughline/salesforce/sandbox'
import { Hono } from 'hono'

// The Salesforce sandbox in a process that also notes when each title arrived: the vendor's own stamps count whole seconds.

const sandbox = await serveSalesforce(0)
const { store } = sandbox.org
const arrivals = new Map<string, number>()

function note(input: Readonly<Record<string, unknown>>): void {
  const title = input['Title']
  if (typeof title === 'string' && !arrivals.has(title)) arrivals.set(title, Date.now())
}

const { create, update } = store
Object.assign(store, {
  create: (...args: Parameters<typeof create>) => {
    if (args[3] !== false) note(args[1])
    return create(...args)
  },
  update: (...args: Parameters<typeof update>) => {
    if (args[4] !== false) note(args[2])
    return update(...args)
  },
})

const app = new Hono()
app.get('/arrivals', (c) => c.json(Object.fromEntries(arrivals)))
app.delete('/arrivals', (c) => {
  arrivals.clear()
  return c.json({})
})
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
await new Promise((resolve) => server.once('listening', resolve))
const address = server.address()
const port = typeof address === 'object' && address ? address.port : 0
process.stdout.write(`${JSON.stringify({ url: sandbox.url, watch: `http://127.0.0.1:${port}` })}\n`)
process.once('SIGTERM', () => process.exit(0))

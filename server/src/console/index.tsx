import { readFileSync } from 'node:fs'
import type { Hub, Watch } from '@throughline/core'
import { Hono, type Context } from 'hono'
import type { Auth } from '../auth.ts'
import { readBody } from '../body.ts'
import { Problem } from '../problem.ts'
import { EventPage } from './event.tsx'
import type { Shell } from './layout.tsx'
import { Entered, Login, Missing } from './login.tsx'
import { Live, Overview, type OverviewData } from './overview.tsx'
import { RecordPage } from './record.tsx'

export interface ConsoleOptions extends Shell {
  readonly hub: Hub
  readonly watch: Watch
  readonly auth: Auth
  /** Milliseconds UTC. */
  now(): number
}

const ROWS = 20
const ASSETS: Readonly<Record<string, string>> = {
  'console.css': 'text/css; charset=utf-8',
  'console.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
}

/** `/console`: for people, with a session. Rendered here; the script only fetches parts again. */
export function consolePages(options: ConsoleOptions): Hono {
  const { hub, watch, auth } = options
  const shell: Shell = { environment: options.environment, workspace: options.workspace }
  const assets = new Map(Object.keys(ASSETS).map((name) => [name, readFileSync(new URL(`./assets/${name}`, import.meta.url))]))
  const app = new Hono()

  app.get('/assets/:name', (c) => {
    const name = c.req.param('name')
    const file = assets.get(name)
    if (!file) throw new Problem(404, 'not-found', 'There is no such file', 'The console has no file of this name.')
    return c.body(new Uint8Array(file), 200, { 'content-type': ASSETS[name]!, 'cache-control': 'no-cache' })
  })
  app.get('/login', (c) => c.html(<Login shell={shell} said={null} />))
  app.post('/login', async (c) => {
    const form = new URLSearchParams(Buffer.from(await readBody(c.req.raw, 4_096)).toString())
    if (!auth.isToken(form.get('token') ?? '')) return c.html(<Login shell={shell} said="That is not the token of this hub." />, 401)
    auth.open(c)
    return c.redirect('/console', 303)
  })
  app.get('/enter/:code', (c) => {
    if (auth.redeem(c.req.param('code'))) {
      auth.open(c)
      return c.html(<Entered shell={shell} />, 200, { refresh: '0;url=/console' })
    }
    if (auth.hasSession(c)) return c.redirect('/console', 303)
    return c.html(<Login shell={shell} said="This address was used already, or is too old." />, 401)
  })

  app.use(async (c, next) => {
    if (auth.hasSession(c)) return next()
    if (c.req.method === 'GET' && !c.req.path.endsWith('/overview')) return c.redirect('/console/login', 303)
    throw new Problem(401, 'logged-out', 'Nobody is logged in', 'Log in at /console/login.')
  })

  async function overview(): Promise<OverviewData> {
    const first = { limit: ROWS, after: null }
    const [figures, connections, exceptions, deliveries, events] = await Promise.all([
      watch.figures(),
      watch.connections(),
      watch.exceptions({ state: 'open' }, { limit: 10, after: null }),
      watch.deliveries({}, first),
      watch.events({}, first),
    ])
    return { figures, connections, exceptions: exceptions.items, deliveries: deliveries.items, events: events.items, now: options.now() }
  }

  app.get('/', async (c) => c.html(<Overview shell={shell} data={await overview()} />))
  app.get('/overview', async (c) => c.html(<Live data={await overview()} />))
  app.get('/events/:id', async (c) => {
    const id = c.req.param('id')
    const event = await watch.event(/^\d{1,15}$/.test(id) ? Number(id) : id)
    if (!event) return c.html(<Missing shell={shell} what="event" />, 404)
    const [record, { items }] = await Promise.all([
      event.effect?.recordId ? watch.record(event.effect.recordId) : null,
      watch.deliveries({ event: event.seq }, { limit: ROWS, after: null }),
    ])
    const deliveries = (await Promise.all(items.map((item) => watch.delivery(item.id)))).filter((one) => one !== null)
    return c.html(<EventPage shell={shell} event={event} record={record} deliveries={deliveries} />)
  })
  app.get('/records/:id', async (c) => {
    const record = await watch.record(c.req.param('id'))
    return record ? c.html(<RecordPage shell={shell} record={record} />) : c.html(<Missing shell={shell} what="record" />, 404)
  })

  const back = (c: Context): Response => c.redirect('/console', 303)
  app.post('/connections/:name/pause', async (c) => {
    await hub.pause(c.req.param('name'), 'console', 'paused in the console')
    return back(c)
  })
  app.post('/connections/:name/resume', async (c) => {
    await hub.resume(c.req.param('name'), 'console')
    return back(c)
  })
  app.post('/logout', (c) => {
    auth.close(c)
    return c.redirect('/console/login', 303)
  })
  return app
}

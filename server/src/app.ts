import type { Hub, Watch } from '@throughline/core'
import { Hono } from 'hono'
import { createCursors } from './api/cursor.ts'
import { api } from './api/index.ts'
import { openapi } from './api/openapi.ts'
import { createAuth, unauthorised, type Auth } from './auth.ts'
import { consolePages } from './console/index.tsx'
import { docs } from './console/docs.tsx'
import { noTokenInAddress, sameSite, securityHeaders } from './guard.ts'
import { health } from './health.ts'
import { hooks } from './hooks.ts'
import { metrics } from './metrics.ts'
import { answerProblem, Problem, problemOf } from './problem.ts'

export const VERSION = '0.1.0'

export interface AppOptions {
  readonly hub: Hub
  readonly watch: Watch
  /** Bearer token of programs; people log in to the console with it. */
  readonly token: string
  /** Address under which the hub is reached, without a slash at its end. */
  readonly publicUrl: string
  readonly listensOnLoopback: boolean
  readonly environment: 'DEMO' | 'PROD'
  readonly workspace: string
  /** Most bytes of a webhook, by the connection's name; see `webhookLimits`. */
  webhookLimit(connection: string): number
  /** Milliseconds UTC. */
  now(): number
  /** Something failed that nobody expected. */
  failed(error: unknown, where: string): void
}

/** The whole HTTP surface. `auth` is handed out so that the demo can make a one-time code. */
export function createApp(options: AppOptions): { readonly app: Hono; readonly auth: Auth } {
  const { hub, watch, publicUrl } = options
  const auth = createAuth(options.token, { secure: publicUrl.startsWith('https:'), now: options.now })
  const app = new Hono()

  app.onError((error, c) => {
    const problem = problemOf(error)
    if (problem.status >= 500) options.failed(error, `${c.req.method} ${c.req.routePath}`)
    return answerProblem(c, problem)
  })
  app.notFound((c) => answerProblem(c, new Problem(404, 'not-found', 'There is nothing here', 'See /docs for what there is.')))

  app.use(securityHeaders())
  app.route('/hooks', hooks({ hub, publicUrl, limit: options.webhookLimit, now: options.now }))
  app.route('/', health(watch))

  app.use(sameSite(options), noTokenInAddress())
  app.get('/', (c) => c.redirect('/console'))
  app.route('/console', consolePages({ ...options, auth }))

  app.use('/v1/*', async (c, next) => {
    if (!auth.isBearer(c)) throw unauthorised()
    await next()
  })
  app.route('/v1', api({ hub, watch, cursors: createCursors(options.token) }))
  // A person at a terminal gets a way in without typing the token.
  app.post('/v1/console-codes', (c) => c.json({ url: `${publicUrl}/console/enter/${auth.code()}` }))

  app.use(async (c, next) => {
    if (!auth.isBearer(c) && !auth.hasSession(c)) throw unauthorised()
    await next()
  })
  app.route('/', metrics(watch))
  app.get('/openapi.json', (c) => c.json(openapi(publicUrl, VERSION)))
  app.route('/', docs(options))
  return { app, auth }
}

import type { Figures, Watch } from '@throughline/core'
import { Hono } from 'hono'

/** `GET /healthz` says that the process lives, `GET /readyz` that it works. Neither says anything about data. */
export function health(watch: Pick<Watch, 'figures'>): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    let figures: Figures | null = null
    try {
      figures = await watch.figures()
    } catch {
      // Whatever keeps the database from being read makes the hub not ready; the log has the reason.
    }
    // Stages renew the leases of their lanes: lanes that nobody holds are stages that stand still.
    const isWorking = figures !== null && (figures.lanes.mine > 0 || (figures.lanes.all > 0 && figures.lanes.held === figures.lanes.all))
    return c.json(
      {
        status: isWorking ? 'ready' : 'unready',
        checks: {
          database: figures === null ? 'unreadable' : 'readable',
          stages: isWorking ? 'running' : 'standing',
          lanes: figures?.lanes ?? null,
        },
      },
      isWorking ? 200 : 503,
    )
  })
  return app
}

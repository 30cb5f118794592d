import { DELIVERY_STATES, type Hub, type Watch } from '@throughline/core'
import { Hono } from 'hono'
import { readObject } from '../body.ts'
import { notFound, Problem } from '../problem.ts'
import type { Cursors } from './cursor.ts'
import { answerList, oneOf, parameters } from './list.ts'
import {
  showAudit,
  showConnection,
  showDelivery,
  showDeliveryDetail,
  showEvent,
  showEventDetail,
  showException,
  showRecord,
  showRecordDetail,
} from './show.ts'

export interface ApiDeps {
  readonly hub: Hub
  readonly watch: Watch
  readonly cursors: Cursors
}

const ACTOR = 'api'
const MOST_RETRIES = 1_000

/** `/v1`: what a program may read and do. Who may is checked before. */
export function api({ hub, watch, cursors }: ApiDeps): Hono {
  const app = new Hono()

  app.get('/records', (c) =>
    answerList(
      c,
      cursors,
      { name: 'records', filters: ['entity', 'identity', 'connection', 'externalId'] },
      (filter, ask) => watch.records(filter, ask),
      showRecord,
    ),
  )
  app.get('/records/:id', async (c) => {
    parameters(c, [])
    const record = await watch.record(c.req.param('id'))
    if (!record) throw notFound('record')
    return c.json(showRecordDetail(record))
  })

  app.get('/events', (c) =>
    answerList(
      c,
      cursors,
      { name: 'events', filters: ['source', 'type', 'effect'] },
      (filter, ask) => watch.events(filter, ask),
      showEvent,
    ),
  )
  app.get('/events/:id', async (c) => {
    parameters(c, [])
    const id = c.req.param('id')
    const event = await watch.event(/^\d{1,15}$/.test(id) ? Number(id) : id)
    if (!event) throw notFound('event')
    const [record, deliveries] = await Promise.all([
      event.effect?.recordId ? watch.record(event.effect.recordId) : null,
      watch.deliveries({ event: event.seq }, { limit: 200, after: null }),
    ])
    return c.json({
      event: showEventDetail(event),
      effect: event.effect,
      record: record ? showRecordDetail(record) : null,
      deliveries: deliveries.items.map(showDelivery),
    })
  })

  app.get('/deliveries', (c) =>
    answerList(
      c,
      cursors,
      { name: 'deliveries', filters: ['state', 'connection'] },
      (filter, ask) => {
        oneOf('state', filter.state, DELIVERY_STATES)
        return watch.deliveries(filter, ask)
      },
      showDelivery,
    ),
  )
  app.get('/deliveries/:id', async (c) => {
    parameters(c, [])
    const delivery = await watch.delivery(c.req.param('id'))
    if (!delivery) throw notFound('delivery')
    return c.json(showDeliveryDetail(delivery))
  })
  app.post('/deliveries/retry', async (c) => {
    parameters(c, [])
    const { deliveries } = await readObject(c.req.raw, ['deliveries'])
    if (!Array.isArray(deliveries) || deliveries.length > MOST_RETRIES || !deliveries.every((id) => typeof id === 'string'))
      throw new Problem(422, 'deliveries', 'Which deliveries?', `Send {"deliveries": ["id", …]} with at most ${MOST_RETRIES} ids.`)
    return c.json({ retried: await hub.retry(deliveries, ACTOR) })
  })

  app.get('/connections', async (c) => {
    parameters(c, [])
    return c.json({ items: (await watch.connections()).map(showConnection), next: null })
  })
  const one = async (name: string): Promise<object> => {
    const found = (await watch.connections()).find((connection) => connection.name === name)
    if (!found) throw notFound('connection')
    return showConnection(found)
  }
  app.get('/connections/:name', async (c) => {
    parameters(c, [])
    return c.json(await one(c.req.param('name')))
  })
  app.post('/connections/:name/pause', async (c) => {
    parameters(c, [])
    const { reason } = await readObject(c.req.raw, ['reason'])
    if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 500)
      throw new Problem(422, 'reason', 'A pause needs a reason', 'Send {"reason": "…"} with at most 500 characters.')
    await hub.pause(c.req.param('name'), ACTOR, reason.trim())
    return c.json(await one(c.req.param('name')))
  })
  app.post('/connections/:name/resume', async (c) => {
    parameters(c, [])
    await readObject(c.req.raw, [])
    await hub.resume(c.req.param('name'), ACTOR)
    return c.json(await one(c.req.param('name')))
  })
  app.post('/connections/:name/poll', async (c) => {
    parameters(c, [])
    await readObject(c.req.raw, [])
    const shown = await one(c.req.param('name'))
    await hub.pollNow()
    return c.json(shown, 202)
  })
  app.post('/connections/:name/check', async (c) => {
    parameters(c, [])
    await readObject(c.req.raw, [])
    await one(c.req.param('name'))
    try {
      return c.json(await hub.check(c.req.param('name')))
    } catch (error) {
      const why = error instanceof Error ? error.message : 'no answer'
      return c.json({ ok: false, why, remedy: 'Check the connection’s address and the vendor’s status page, then try again.' })
    }
  })

  app.get('/exceptions', (c) =>
    answerList(
      c,
      cursors,
      { name: 'exceptions', filters: ['state', 'class', 'connection'] },
      (filter, ask) => watch.exceptions(filter, ask),
      showException,
    ),
  )
  app.get('/audit', (c) =>
    answerList(c, cursors, { name: 'audit', filters: ['action', 'subject'] }, (filter, ask) => watch.audit(filter, ask), showAudit),
  )
  return app
}

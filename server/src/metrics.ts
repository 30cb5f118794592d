import type { Watch } from '@throughline/core'
import { Hono } from 'hono'

/** `GET /metrics`: figures in Prometheus' text format. Labels are names from the configuration only. */
export function metrics(watch: Pick<Watch, 'figures' | 'connections'>): Hono {
  const app = new Hono()
  app.get('/metrics', async (c) => {
    const [figures, connections] = await Promise.all([watch.figures(), watch.connections()])
    const lines: string[] = []
    const add = (name: string, kind: 'counter' | 'gauge', help: string, values: readonly (readonly [string, number])[]): void => {
      lines.push(`# HELP throughline_${name} ${help}`, `# TYPE throughline_${name} ${kind}`)
      for (const [labels, value] of values) lines.push(`throughline_${name}${labels} ${value}`)
    }
    add('events_total', 'counter', 'Events in the log.', [['', figures.events]])
    add('events_behind', 'gauge', 'Events that no stage has come to.', [['', figures.behind]])
    add('receipts_total', 'counter', 'Writes that a vendor confirmed.', [['', figures.receipts]])
    add('records', 'gauge', 'Canonical records.', [['', figures.records]])
    add(
      'deliveries',
      'gauge',
      'Deliveries that are not done, by state.',
      ['pending', 'claimed', 'waiting', 'unknown', 'dead'].map((state) => [`{state="${state}"}`, figures.deliveries[state] ?? 0]),
    )
    add('exceptions_open', 'gauge', 'Open exceptions.', [['', figures.openExceptions]])
    add('lanes_held', 'gauge', 'Lanes that this node holds.', [['', figures.lanes.mine]])
    const of = (value: (connection: (typeof connections)[number]) => number) =>
      connections.map((connection) => [`{connection="${connection.name}"}`, value(connection)] as const)
    add(
      'connection_paused',
      'gauge',
      '1 while the connection is paused.',
      of((connection) => (connection.paused ? 1 : 0)),
    )
    add(
      'connection_breaker_open',
      'gauge',
      '1 while the breaker is not closed.',
      of(({ breaker }) => (breaker.status === 'closed' ? 0 : 1)),
    )
    add(
      'connection_queue',
      'gauge',
      'Open deliveries of the connection.',
      of(({ queue }) => queue.open),
    )
    return c.text(`${lines.join('\n')}\n`, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
  return app
}

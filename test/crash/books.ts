import { connect } from '@throughline/core'
import type { Item } from './proxy.ts'

/** What the hub's own books say once it is down, and what is wrong with them. */
export interface Books {
  readonly events: number
  readonly receipts: number
  readonly auditRows: number
  readonly openExceptions: readonly string[]
  readonly faults: readonly string[]
}

/** Writes the connector leaves out of the log: the hub's own, which it knows from its receipts. */
const OWN_APP = '50780459'

/** Reads a database that no hub holds open. `accepted`: what was acknowledged, by the only witness outside the hub. */
export function readBooks(file: string, accepted: ReadonlyMap<number, Item>): Books {
  const db = connect(file, { readonly: true })
  try {
    const one = (sql: string): number => db.all<{ n: number }>(sql)[0]!.n
    const texts = (sql: string): string[] => db.all<{ text: string }>(sql).map((row) => row.text)
    const faults: string[] = []
    const none = (what: string, sql: string): void => {
      const found = texts(sql)
      if (found.length > 0)
        faults.push(`${what}: ${found.slice(0, 5).join('; ')}${found.length > 5 ? ` and ${found.length - 5} more` : ''}`)
    }

    const logged = new Map<number, number>()
    for (const { body } of db.all<{ body: string }>("SELECT body FROM events WHERE type LIKE 'signal.%'")) {
      const { eventId } = JSON.parse(body) as Item
      logged.set(eventId, (logged.get(eventId) ?? 0) + 1)
    }
    for (const [eventId, item] of accepted) {
      const isOwn = item.changeSource === 'INTEGRATION' && item.sourceId === OWN_APP
      if (!isOwn && !logged.has(eventId))
        faults.push(`webhook event ${eventId} (contact ${item.objectId}) was acknowledged and is not in the log`)
    }
    for (const [eventId, times] of logged) if (times > 1) faults.push(`webhook event ${eventId} is in the log ${times} times`)

    none('events without an effect', 'SELECT seq AS text FROM events WHERE seq NOT IN (SELECT event FROM effects) LIMIT 100')
    none('effects without an event', 'SELECT event AS text FROM effects WHERE event NOT IN (SELECT seq FROM events) LIMIT 100')
    none(
      'lanes beyond the log',
      "SELECT lane || ' at ' || cursor AS text FROM lanes WHERE cursor > (SELECT coalesce(max(seq), 0) FROM events)",
    )
    none(
      'deliveries left open',
      "SELECT id || ' ' || state || ' ' || coalesce(why, '') AS text FROM deliveries WHERE state NOT IN ('done', 'void', 'superseded') LIMIT 100",
    )
    none(
      'deliveries done without a receipt',
      "SELECT id AS text FROM deliveries WHERE state = 'done' AND id NOT IN (SELECT delivery_id FROM receipts) LIMIT 100",
    )
    none(
      'receipts without a finished delivery',
      "SELECT delivery_id AS text FROM receipts WHERE delivery_id NOT IN (SELECT id FROM deliveries WHERE state = 'done') LIMIT 100",
    )
    none('idempotency keys used twice', 'SELECT key AS text FROM deliveries WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1')
    none(
      'records with two links to one stream',
      'SELECT record_id AS text FROM links GROUP BY record_id, connection, stream HAVING count(*) > 1',
    )
    none('links with values still out', "SELECT id AS text FROM links WHERE intents <> '{}' LIMIT 100")
    none('events parked', "SELECT event || ' ' || reason AS text FROM inbox LIMIT 100")
    const gaps = one('SELECT coalesce(max(seq), 0) - count(*) AS n FROM audit')
    if (gaps !== 0) faults.push(`the audit trail has ${gaps} gaps`)
    const check = texts('SELECT integrity_check AS text FROM pragma_integrity_check')
    if (check.join() !== 'ok') faults.push(`the file is damaged: ${check.slice(0, 3).join('; ')}`)
    return {
      events: one('SELECT count(*) AS n FROM events'),
      receipts: one('SELECT count(*) AS n FROM receipts'),
      auditRows: one('SELECT count(*) AS n FROM audit'),
      openExceptions: texts("SELECT class || ' ' || fingerprint || ' ' || detail AS text FROM exceptions WHERE state = 'open'"),
      faults,
    }
  } finally {
    db.close()
  }
}

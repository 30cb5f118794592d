import Database from 'libsql'
import { openDb } from '@throughline/core'

const BODY = JSON.stringify({
  appId: 3_112_045,
  eventId: 981_273_645_111,
  subscriptionId: 2_461_817,
  portalId: 145_230_118,
  occurredAt: 1_750_000_000_000,
  subscriptionType: 'contact.propertyChange',
  attemptNumber: 0,
  objectId: 123_456,
  propertyName: 'phone',
  propertyValue: '+49 30 123456',
  changeSource: 'CRM_UI',
  sourceId: 'userId:62515873',
})
/** How long a deduplication key is kept, ms: old events lie within it. */
const KEPT_MS = 30 * 86_400_000
const SLICES = 4

/** A database file whose log holds `count` events of the last 30 days, all applied, with random deduplication keys. */
export async function seedEvents(file: string, count: number, now: number): Promise<void> {
  await (await openDb(file)).close()
  const db = new Database(file)
  try {
    db.exec('PRAGMA synchronous = OFF')
    db.exec('PRAGMA cache_size = -400000')
    db.exec('PRAGMA wal_autocheckpoint = 100000')
    const start = now - KEPT_MS
    const numbers = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count})`
    const at = `${start} + i * ${KEPT_MS} / ${count}`
    db.exec('BEGIN')
    db.exec(`${numbers} INSERT INTO events (id, source, type, stream, external_id, lane, time, received_at, as_of, request_id, body)
      SELECT printf('%08x-%04x-7%03x-8%03x-%012x', (${at}) >> 16, (${at}) & 65535, i & 4095, i & 4095, abs(random()) & 281474976710655),
      'hubspot', 'signal.changed', 'contacts', 1 + i % 200000, i % 64, ${at}, ${at}, NULL, NULL, '${BODY}' FROM n`)
    db.exec(`${numbers} INSERT INTO effects (event, kind, reason, record_id) SELECT i + 1, 'applied', 'read the object', NULL FROM n`)
    const keys = `CREATE TEMP TABLE keys AS ${numbers} SELECT i, printf('%08x', (${at}) / 1000) || substr(hex(randomblob(11)), 1, 22) AS key, ${at} AS at FROM n`
    db.exec(keys)
    // Vendors deliver late: slices by a jitter of hours, so that the index looks as it does after years of use.
    for (let slice = 0; slice < SLICES; slice++)
      db.exec(`INSERT INTO seen (key, at) SELECT key, at FROM temp.keys WHERE i % ${SLICES} = ${slice} ORDER BY key`)
    db.exec('DROP TABLE temp.keys')
    db.exec(`INSERT INTO lanes (stage, lane, cursor, owner, fence, lease_until)
      WITH RECURSIVE l(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM l WHERE i < 63) SELECT 'apply', i, ${count}, NULL, 0, 0 FROM l`)
    db.exec('COMMIT')
    db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
  } finally {
    db.close()
  }
}

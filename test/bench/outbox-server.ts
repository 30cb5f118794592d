import { createHub, createIds, createStore, openDb, statement, systemClock } from '@throughline/core'
import { loadRegistry, parseMapping } from '@throughline/contracts'
import { compareText, type Connection, type Connector, type Delivery, type WriteResult } from '@throughline/sdk'
import Database from 'libsql'
import { answer } from './lib/child.ts'

// The hub's own outbox against a vendor that answers at once: what is measured is claim, freeze and settle, each durable.

const [file] = process.argv.slice(2)
const NO = { because: 'This vendor only takes writes.' }
const EXCHANGE = { method: 'POST', path: '/people', request: '', status: 200, answer: '' }
const MAPPING = parseMapping(
  `mapping: sink.people
version: 1.0.0
connector: sink
stream: people
entity: person
create: true
deletes: unlink
match: [email]
fields:
  - { field: jobTitle, remote: title, direction: both, authority: latest, codec: text }
`,
  'sink.yaml',
)

/** Two parts, so that each finds its partial index. */
const OPEN = `SELECT 1 AS one FROM deliveries WHERE connection = 'sink' AND stream = 'people' AND state IN ('pending', 'waiting', 'unknown')
UNION ALL SELECT 1 FROM deliveries WHERE connection = 'sink' AND stream = 'people' AND state = 'claimed' LIMIT 1`

const ids = createIds(systemClock)
const store = createStore(await openDb(file!), { ids, clock: systemClock })
let taken = 0
let calls = 0

function sink(batch: number): Connector {
  const write = async (_stream: string, deliveries: readonly Delivery[]): Promise<WriteResult[]> => {
    taken += deliveries.length
    calls += 1
    return deliveries.map((delivery) => ({
      next: 'done',
      receipt: { externalId: delivery.externalId ?? delivery.key, raw: null, created: false },
      exchange: EXCHANGE,
    }))
  }
  const connection = { check: async () => ({ ok: true, account: 'sink' }), write } as Partial<Connection> as Connection
  return {
    name: 'sink',
    configSchema: {},
    streams: {
      people: {
        entity: 'person',
        can: {
          webhook: NO,
          pull: NO,
          list: NO,
          find: NO,
          write: true,
          delete: NO,
          merge: NO,
          upsertBy: 'hub_id',
          versionCheck: true,
          batch: { read: batch, write: batch, find: batch, page: batch },
          visibilityMs: 100,
        },
        compareIds: compareText,
        decode: () => ({}),
        encode: (patch) => patch,
      },
    },
    mappings: {},
    limits: { calls: 1_000_000_000, per: 1_000 },
    connect: () => connection,
  }
}

let round = 0

answer({
  /** Linked records, and finished deliveries of the past. */
  seed({ records, finished }: { records: number; finished: number }) {
    const db = new Database(file!)
    db.exec('PRAGMA synchronous = OFF')
    db.exec('PRAGMA cache_size = -400000')
    const numbers = (n: number) => `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${n})`
    const value = `json_object('jobTitle', json_object('value', 'r0', 'system', 'other', 'actor', NULL, 'event', 1, 'at', 1, 'changedAt', 1))`
    db.exec('BEGIN')
    db.exec(`${numbers(records)} INSERT INTO records (id, entity, version, fields, created_at, updated_at)
      SELECT printf('r%09d', i), 'person', 1, ${value}, 1, 1 FROM n`)
    db.exec(`${numbers(records)} INSERT INTO links (id, record_id, connection, stream, external_id, state, version, agreed, intents, intent_seq, receipt_pos, mapping)
      SELECT printf('l%09d', i), printf('r%09d', i), 'sink', 'people', printf('x%09d', i), 'open', 1, '{}', '{}', 0, 0, 'sink.people@1.0.0' FROM n`)
    if (finished > 0)
      db.exec(`${numbers(finished)} INSERT INTO deliveries (id, link_id, record_id, connection, stream, state, wanted, operation, key, external_id, payload, attempt, next_at, fence, lease_until, created_at, settled_at)
      SELECT printf('0%011d', i), printf('l%09d', i % ${records}), printf('r%09d', i % ${records}), 'sink', 'people', 'done', 1, 'update', hex(randomblob(16)), 'x',
      '{"jobTitle":{"value":"Head of Sales","remote":"title","raw":"Head of Sales"}}', 1, 1, 1, 0, 1, 1 FROM n`)
    db.exec('COMMIT')
    db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
    db.close()
  },
  /** Changes the first `count` records and sends them on in batches of `batch`. Answers deliveries per second. */
  async drain({ count, batch }: { count: number; batch: number }) {
    round += 1
    await store.commit([
      statement(
        `UPDATE records SET version = version + 1, fields = json_set(fields, '$.jobTitle.value', ?) WHERE id < printf('r%09d', ?)`,
        `r${round}`,
        count,
      ),
      statement(
        `INSERT INTO deliveries (id, link_id, record_id, connection, stream, state, wanted, attempt, next_at, fence, lease_until, created_at)
         SELECT printf('%04d-%s', ?, l.id), l.id, l.record_id, l.connection, l.stream, 'pending', r.version, 0, 1 + r.rowid / 500, 0, 0, 1
         FROM links l JOIN records r ON r.id = l.record_id WHERE l.id < printf('l%09d', ?)`,
        round,
        count,
      ),
    ])
    taken = 0
    calls = 0
    const hub = createHub({
      store,
      clock: systemClock,
      ids,
      node: ids.next(),
      registry: loadRegistry(),
      connections: [{ name: 'sink', connector: sink(batch), config: {}, mappings: [MAPPING], pollMs: 60_000, fetch }],
      systems: ['sink'],
      exclusive: true,
      tuning: { paceMs: 0 },
      log: (message, details) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
    })
    const start = performance.now()
    await hub.start()
    const limit = start + 120_000
    while (performance.now() < limit) {
      const open = await store.all(OPEN)
      if (open.length === 0) break
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const seconds = (performance.now() - start) / 1_000
    await hub.stop()
    if (taken !== count) throw new Error(`${taken} deliveries were written instead of ${count}`)
    return { perSecond: count / seconds, calls }
  },
  stop: () => store.close(),
})

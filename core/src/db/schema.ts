import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

// Times are integer milliseconds UTC. JSON is text: only the program looks inside. What is filtered has a column.

/** Never holds a row: inserting into it is how a batch is aborted. */
export const guard = sqliteTable('guard', { ok: integer('ok').notNull() }, (t) => [check('guard_holds', sql`${t.ok} = 1`)])

/** One row per batch, to find out whether a batch whose answer was lost was stored. Pruned after a day. */
export const commits = sqliteTable('commits', { id: text('id').primaryKey(), at: integer('at').notNull() })

/** Raw webhook requests, verified. Header values that carry credentials are not kept. */
export const requests = sqliteTable('requests', {
  id: text('id').primaryKey(),
  connection: text('connection').notNull(),
  receivedAt: integer('received_at').notNull(),
  headers: text('headers').notNull(),
  body: text('body').notNull(),
})

/** Deduplication keys of the last 30 days. Apart from the log, because random unique keys on an ever-growing table cost. */
export const seen = sqliteTable('seen', { key: text('key').primaryKey(), at: integer('at').notNull() })

/** The log. Append-only; `seq` is never reused. */
export const events = sqliteTable(
  'events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: text('id').notNull(),
    /** The connection it came from. */
    source: text('source').notNull(),
    /** `signal.created|changed|deleted|merged|restored|unreadable` (thin, from a webhook) or `snapshot` (a whole object). */
    type: text('type').notNull(),
    stream: text('stream').notNull(),
    externalId: text('external_id').notNull(),
    lane: integer('lane').notNull(),
    /** The vendor's own time, as text. */
    time: text('time'),
    receivedAt: integer('received_at').notNull(),
    /** For a snapshot: the log's newest `seq` when the read began. What was committed later, it may not have seen. */
    asOf: integer('as_of'),
    requestId: text('request_id'),
    body: text('body').notNull(),
  },
  (t) => [index('events_id').on(t.id)],
)

/** Cursor and lease of each (stage, lane). `fence` rises with each change of owner. */
export const lanes = sqliteTable(
  'lanes',
  {
    stage: text('stage').notNull(),
    lane: integer('lane').notNull(),
    cursor: integer('cursor').notNull(),
    owner: text('owner'),
    fence: integer('fence').notNull(),
    leaseUntil: integer('lease_until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.stage, t.lane] })],
)

export const records = sqliteTable(
  'records',
  {
    id: text('id').primaryKey(),
    entity: text('entity').notNull(),
    version: integer('version').notNull(),
    /** field → { value, system, actor, event, at, time } */
    fields: text('fields').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('records_updated').on(t.updatedAt)],
)

/** What each version of a record changed, and which values lost. Append-only. */
export const history = sqliteTable(
  'history',
  {
    recordId: text('record_id').notNull(),
    version: integer('version').notNull(),
    at: integer('at').notNull(),
    event: integer('event'),
    /** [{ field, from, to, system, actor, lost? }] */
    changes: text('changes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.recordId, t.version] })],
)

export const links = sqliteTable(
  'links',
  {
    id: text('id').primaryKey(),
    recordId: text('record_id').notNull(),
    connection: text('connection').notNull(),
    stream: text('stream').notNull(),
    /** `null` until the vendor has given one. */
    externalId: text('external_id'),
    /** `open`; `gone`: deleted over there; `ambiguous`: waits for a person, nothing is sent. */
    state: text('state').notNull(),
    version: integer('version').notNull(),
    /** field → { value, raw }: canonical value and the vendor's rendering that both sides last agreed on. */
    agreed: text('agreed').notNull(),
    /** field → value of the write that is out. */
    intents: text('intents').notNull(),
    intentSeq: integer('intent_seq').notNull(),
    /** The vendor's modification time of the newest state applied. */
    remoteAt: integer('remote_at'),
    /** The log's newest `seq` when the last receipt was committed. */
    receiptPos: integer('receipt_pos').notNull(),
    /** The vendor's modification time that the last receipt gave; `null` if it gave none. */
    receiptAt: integer('receipt_at'),
    /** Hash of the newest snapshot applied, so that a poll's overlap is not logged again. */
    rawHash: text('raw_hash'),
    /** `name@version` of the mapping that read it. */
    mapping: text('mapping').notNull(),
  },
  (t) => [
    uniqueIndex('links_external').on(t.connection, t.stream, t.externalId),
    uniqueIndex('links_record').on(t.recordId, t.connection, t.stream),
  ],
)

export const identities = sqliteTable(
  'identities',
  {
    entity: text('entity').notNull(),
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    recordId: text('record_id').notNull(),
    /** `held` or `ambiguous`. */
    state: text('state').notNull(),
  },
  (t) => [primaryKey({ columns: [t.entity, t.kind, t.value] }), index('identities_record').on(t.recordId)],
)

/** Objects that a thin event marked as changed: read them. One row per object, however many events. */
export const fetches = sqliteTable(
  'fetches',
  {
    connection: text('connection').notNull(),
    stream: text('stream').notNull(),
    externalId: text('external_id').notNull(),
    /** The newest event that marked it; the mark is only cleared by a read that began after it. */
    seq: integer('seq').notNull(),
    nextAt: integer('next_at').notNull(),
    attempt: integer('attempt').notNull(),
    leaseUntil: integer('lease_until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.connection, t.stream, t.externalId] }), index('fetches_due').on(t.connection, t.stream, t.nextAt)],
)

/** What became of each event: applied, ignored or parked, and why. Written in the commit that moves the lane's cursor past it. */
export const effects = sqliteTable('effects', {
  event: integer('event').primaryKey(),
  kind: text('kind').notNull(),
  reason: text('reason').notNull(),
  recordId: text('record_id'),
})

/** Events that could not go on. A newer event of the same object supersedes them. */
export const inbox = sqliteTable(
  'inbox',
  {
    event: integer('event').primaryKey(),
    connection: text('connection').notNull(),
    stream: text('stream').notNull(),
    externalId: text('external_id').notNull(),
    reason: text('reason').notNull(),
    at: integer('at').notNull(),
  },
  (t) => [index('inbox_object').on(t.connection, t.stream, t.externalId)],
)

/**
 * The outbox. `pending` rows say only that a link has something to send: the payload is made and frozen at the claim.
 * `claimed` (with a lease), `waiting` (frozen, try again at next_at) and `unknown` (frozen, look up at next_at) are open;
 * `done`, `dead`, `superseded` and `void` (nothing left to send) are ended.
 */
export const deliveries = sqliteTable(
  'deliveries',
  {
    id: text('id').primaryKey(),
    linkId: text('link_id').notNull(),
    recordId: text('record_id').notNull(),
    connection: text('connection').notNull(),
    stream: text('stream').notNull(),
    state: text('state').notNull(),
    /** Record version that last asked for it. */
    wanted: integer('wanted').notNull(),
    event: integer('event'),
    operation: text('operation'),
    key: text('key'),
    externalId: text('external_id'),
    /** Frozen: field → { value, remote, raw }. */
    payload: text('payload'),
    /** 1 when the vendor refused a whole batch without naming the row at fault: it goes alone. */
    alone: integer('alone').notNull().default(0),
    attempt: integer('attempt').notNull(),
    nextAt: integer('next_at').notNull(),
    owner: text('owner'),
    fence: integer('fence').notNull(),
    leaseUntil: integer('lease_until').notNull(),
    createdAt: integer('created_at').notNull(),
    settledAt: integer('settled_at'),
    why: text('why'),
    /** The last exchange with the vendor, kept whole for dead letters. */
    exchange: text('exchange'),
  },
  (t) => [
    uniqueIndex('deliveries_pending')
      .on(t.linkId)
      .where(sql`state = 'pending'`),
    uniqueIndex('deliveries_open')
      .on(t.linkId)
      .where(sql`state IN ('claimed', 'waiting', 'unknown')`),
    index('deliveries_due')
      .on(t.connection, t.stream, t.nextAt)
      .where(sql`state IN ('pending', 'waiting', 'unknown')`),
    index('deliveries_leased')
      .on(t.connection, t.stream, t.leaseUntil)
      .where(sql`state = 'claimed'`),
    index('deliveries_event').on(t.event),
    index('deliveries_dead')
      .on(t.connection, t.settledAt)
      .where(sql`state = 'dead'`),
  ],
)

/** What the vendor answered, once per delivery. Append-only. */
export const receipts = sqliteTable('receipts', {
  deliveryId: text('delivery_id').primaryKey(),
  at: integer('at').notNull(),
  fence: integer('fence').notNull(),
  externalId: text('external_id').notNull(),
  created: integer('created').notNull(),
  answer: text('answer').notNull(),
})

/** Poll cursor and lease of each pulled stream. */
export const cursors = sqliteTable(
  'cursors',
  {
    connection: text('connection').notNull(),
    stream: text('stream').notNull(),
    cursor: text('cursor'),
    /** When the first full pass ended; nothing is created over there before. */
    caughtUpAt: integer('caught_up_at'),
    nextAt: integer('next_at').notNull(),
    owner: text('owner'),
    fence: integer('fence').notNull(),
    leaseUntil: integer('lease_until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.connection, t.stream] })],
)

/** Shared state of one connection: pause, circuit breaker, rate bucket. `version` guards each change. */
export const connections = sqliteTable('connections', {
  name: text('name').primaryKey(),
  connector: text('connector').notNull(),
  paused: integer('paused').notNull(),
  breaker: text('breaker').notNull(),
  bucket: text('bucket').notNull(),
  /** { at, why } of the last failed call; `null` once a call succeeds. */
  trouble: text('trouble'),
  version: integer('version').notNull(),
})

/** Hub instances alive on this database; their number decides how the lanes are shared. */
export const nodes = sqliteTable('nodes', { id: text('id').primaryKey(), seenAt: integer('seen_at').notNull() })

/** Written in the commit it speaks of; `hash` is filled by the sealer. */
export const audit = sqliteTable('audit', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  at: integer('at').notNull(),
  actor: text('actor').notNull(),
  action: text('action').notNull(),
  subject: text('subject').notNull(),
  reason: text('reason'),
  before: text('before'),
  after: text('after'),
  hash: text('hash'),
})

export const exceptions = sqliteTable(
  'exceptions',
  {
    id: text('id').primaryKey(),
    class: text('class').notNull(),
    state: text('state').notNull(),
    /** Equal trouble shares a row while it is open. */
    fingerprint: text('fingerprint').notNull(),
    connection: text('connection'),
    recordId: text('record_id'),
    event: integer('event'),
    detail: text('detail').notNull(),
    count: integer('count').notNull(),
    firstAt: integer('first_at').notNull(),
    lastAt: integer('last_at').notNull(),
  },
  (t) => [
    uniqueIndex('exceptions_open')
      .on(t.fingerprint)
      .where(sql`state = 'open'`),
  ],
)

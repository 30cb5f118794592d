import type { Row } from '../db/port.ts'
import type { Store } from '../db/store.ts'
import { EVENTS_CURSOR } from '../intake/listen.ts'
import type { Breaker } from '../gate/breaker.ts'
import type { Bucket } from '../gate/bucket.ts'
import { parsed } from './slice.ts'

export interface ConnectionView {
  readonly name: string
  readonly connector: string
  readonly paused: boolean
  readonly breaker: Breaker
  /** No call before this time, because the vendor said so; 0 if it did not. */
  readonly blockedUntil: number
  readonly queue: {
    /** Deliveries that are not ended. */
    readonly open: number
    readonly dead: number
    /** Objects that are to be read. */
    readonly reads: number
  }
  readonly streams: readonly StreamView[]
  /** The last failed call, until one goes well. */
  readonly trouble: { readonly at: number; readonly why: string } | null
}

export interface StreamView {
  readonly name: string
  /** When the first full pass ended; `null` while it runs. */
  readonly caughtUpAt: number | null
  readonly nextPollAt: number
}

const CONNECTIONS = 'SELECT name, connector, paused, breaker, bucket, trouble FROM connections ORDER BY name'
const CURSORS = `SELECT connection, stream, caught_up_at, next_at FROM cursors WHERE stream <> '${EVENTS_CURSOR}' ORDER BY stream`
const OPEN = `SELECT connection, count(*) AS n FROM deliveries WHERE state IN ('pending', 'waiting', 'unknown') GROUP BY connection
UNION ALL SELECT connection, count(*) AS n FROM deliveries WHERE state = 'claimed' GROUP BY connection`
const DEAD = "SELECT connection, count(*) AS n FROM deliveries WHERE state = 'dead' GROUP BY connection"
const READS = 'SELECT connection, count(*) AS n FROM fetches GROUP BY connection'

interface Count extends Row {
  readonly connection: string
  readonly n: number
}

/** Shared state of every connection. Reads only rows that are open or dead, never the ended ones. */
export async function listConnections(store: Store): Promise<readonly ConnectionView[]> {
  const [rows, cursors, open, dead, reads] = await Promise.all([
    store.all<{ name: string; connector: string; paused: number; breaker: string; bucket: string; trouble: string | null }>(CONNECTIONS),
    store.all<{ connection: string; stream: string; caught_up_at: number | null; next_at: number }>(CURSORS),
    store.all<Count>(OPEN),
    store.all<Count>(DEAD),
    store.all<Count>(READS),
  ])
  const of = (counts: readonly Count[], name: string): number =>
    counts.filter((count) => count.connection === name).reduce((sum, count) => sum + count.n, 0)
  return rows.map((row) => ({
    name: row.name,
    connector: row.connector,
    paused: row.paused === 1,
    breaker: parsed(row.breaker) as Breaker,
    blockedUntil: (parsed(row.bucket) as Bucket).blockedUntil,
    trouble: parsed(row.trouble) as ConnectionView['trouble'],
    queue: { open: of(open, row.name), dead: of(dead, row.name), reads: of(reads, row.name) },
    streams: cursors
      .filter((cursor) => cursor.connection === row.name)
      .map((cursor) => ({ name: cursor.stream, caughtUpAt: cursor.caught_up_at, nextPollAt: cursor.next_at })),
  }))
}

import type { MemoryDb, Row, Statement } from '@throughline/core'
import { Violation } from './ledger.ts'
import type { Process } from './process.ts'

/** What every commit did to the tables that promises are about; written by triggers, so an aborted batch leaves nothing. */
interface Note extends Row {
  readonly what: 'delivery' | 'receipt' | 'lane' | 'lease' | 'link' | 'record' | 'append-only'
  readonly id: string
  readonly a: string | null
  readonly b: string | null
  readonly owner: string | null
  readonly fence: number | null
  readonly before: number | null
  readonly after: number | null
}

const TRIGGERS = [
  `CREATE TABLE witness (n INTEGER PRIMARY KEY, what TEXT, id TEXT, a TEXT, b TEXT, owner TEXT, fence INTEGER, before INTEGER, after INTEGER)`,
  `CREATE TRIGGER witness_delivery AFTER UPDATE OF state ON deliveries BEGIN
   INSERT INTO witness (what, id, a, b, owner, fence, before, after) VALUES ('delivery', new.id, old.state, new.state, CASE WHEN new.state = 'claimed' THEN new.owner ELSE old.owner END, new.fence, old.fence, old.lease_until); END`,
  `CREATE TRIGGER witness_receipt AFTER INSERT ON receipts BEGIN
   INSERT INTO witness (what, id, fence, before) VALUES ('receipt', new.delivery_id, new.fence, (SELECT fence FROM deliveries WHERE id = new.delivery_id)); END`,
  `CREATE TRIGGER witness_lane AFTER UPDATE OF cursor ON lanes BEGIN
   INSERT INTO witness (what, id, owner, fence, before, after) VALUES ('lane', old.lane, old.owner, old.fence, old.cursor, new.cursor); END`,
  `CREATE TRIGGER witness_lease AFTER UPDATE OF owner ON lanes WHEN old.owner IS NOT NULL AND new.owner IS NOT NULL AND old.owner <> new.owner BEGIN
   INSERT INTO witness (what, id, owner) VALUES ('lease', new.lane, old.owner); END`,
  `CREATE TRIGGER witness_link AFTER UPDATE OF version ON links BEGIN
   INSERT INTO witness (what, id, before, after) VALUES ('link', new.id, old.version, new.version); END`,
  `CREATE TRIGGER witness_record AFTER UPDATE OF version ON records BEGIN
   INSERT INTO witness (what, id, before, after) VALUES ('record', new.id, old.version, new.version); END`,
  ...['events', 'history', 'receipts', 'effects', 'requests'].flatMap((table) =>
    ['UPDATE', 'DELETE'].map(
      (how) =>
        `CREATE TRIGGER witness_${table}_${how} AFTER ${how} ON ${table} BEGIN INSERT INTO witness (what, id, a) VALUES ('append-only', '${table}', '${how}'); END`,
    ),
  ),
]

/** Tables with a trigger: a batch that names none of them leaves no note. */
const WATCHED = /\b(deliveries|receipts|lanes|links|records|events|history|effects|requests)\b/

/** Allowed steps of a delivery: from → to. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  pending: ['claimed', 'void'],
  claimed: ['done', 'waiting', 'unknown', 'superseded', 'dead'],
  waiting: ['claimed'],
  unknown: ['claimed'],
  dead: ['superseded'],
}

const PASSED = `SELECT e.seq FROM events e CROSS JOIN lanes l ON l.stage = 'apply' AND l.lane = e.lane
WHERE e.seq > ? AND e.seq <= l.cursor AND NOT EXISTS (SELECT 1 FROM effects f WHERE f.event = e.seq) LIMIT 1`

/** Guards by what they look at. */
const REFUSALS = [
  ['JOIN deliveries', 'a settle of claims that were lost'],
  ['JOIN lanes', 'an apply on lanes that were lost'],
  ['FROM cursors', 'a page of a poll that was lost'],
  ['JOIN links', 'a link had moved'],
  ['JOIN records', 'a record had moved'],
  ['FROM connections', 'a gate had moved'],
] as const

/** Looks at each commit in the instant it takes effect. */
export interface Witness {
  /** @throws Violation */
  committed(process: Process, statements: readonly Statement[], outcome: 'stored' | Error, now: number): void
}

export interface WitnessContext {
  readonly memory: MemoryDb
  /** Whether a node can be known to be dead, as an exclusive lock tells it; its claims then end at once. */
  isDead(node: string | undefined): boolean
  /** Whether a vendor was sent a delivery with this key. */
  wasSentSince(key: string, at: number): boolean
  /** Somebody else took over what this node held. */
  takenOver(node: string): void
  happened(what: string): void
}

export function createWitness({ memory, isDead, wasSentSince, takenOver, happened }: WitnessContext): Witness {
  const db = memory.sync
  db.runBatch(TRIGGERS.map((sql) => ({ sql, params: [] })))
  /** Delivery → who claimed it last, and whether it was in doubt then. */
  const claims = new Map<string, { readonly node: string; readonly inDoubt: boolean; readonly at: number }>()

  /** Effects are append-only, so what all lanes have passed needs no second look. */
  let allPassed = 0

  function wasSent(delivery: string, at: number): boolean {
    return wasSentSince(db.all<{ key: string }>('SELECT key FROM deliveries WHERE id = ?', [delivery])[0]!.key, at)
  }

  function check(note: Note, process: Process, now: number): void {
    const { id, a, b } = note
    switch (note.what) {
      case 'delivery': {
        happened(`delivery: ${a} to ${b}`)
        if (!STEPS[a!]?.includes(b!)) throw new Violation(`9: ${process.node} moved delivery ${id} from ${a} to ${b}`)
        if (b === 'claimed') {
          if (note.owner !== process.node) throw new Violation(`9: ${process.node} claimed delivery ${id} for ${note.owner}`)
          if (note.fence !== note.before! + 1) throw new Violation(`9: the fence of delivery ${id} did not rise with a claim`)
          claims.set(id, { node: process.node, inDoubt: a === 'unknown', at: now })
        } else if (a === 'claimed') {
          const held = claims.get(id)
          const isExpiry = b === 'unknown' && (note.after! <= now || isDead(held?.node))
          if (!isExpiry && held?.node !== process.node)
            throw new Violation(`9: ${process.node} settled delivery ${id} as ${b}, which ${held?.node} holds`)
          if (b === 'done' && held?.inDoubt === true && !wasSent(id, held.at)) happened('look: found what an attempt in doubt had done')
          if (isExpiry && held?.node !== process.node) {
            happened('lease: a dead claim was taken over')
            if (held) takenOver(held.node)
          }
        }
        return
      }
      case 'receipt':
        if (note.fence !== note.before)
          throw new Violation(`9: ${process.node} wrote a receipt under fence ${note.fence}, now it is ${note.before}`)
        return
      case 'lane':
        if (note.owner !== process.node) throw new Violation(`9: ${process.node} moved lane ${id}, which ${note.owner} holds`)
        if (note.after! < note.before!) throw new Violation(`8: lane ${id} went back`)
        return
      case 'lease':
        happened('lease: a lane was taken over')
        return takenOver(note.owner!)
      case 'link':
      case 'record':
        if (note.after! <= note.before!)
          throw new Violation(
            `3: ${process.node} wrote ${note.what} ${id} over version ${note.before} as version ${note.after}: an update was lost`,
          )
        return
      case 'append-only':
        throw new Violation(`2: ${a} on ${id}`)
    }
  }

  return {
    committed(process, statements, outcome, now) {
      if (outcome !== 'stored') {
        const failed = (outcome as { readonly index?: number }).index
        const sql = failed === undefined ? '' : (statements[failed]?.sql ?? '')
        if (sql.startsWith('INSERT INTO guard'))
          happened(`refused: ${REFUSALS.find(([words]) => sql.includes(words))?.[1] ?? 'another guard'}`)
        return
      }
      if (!statements.some(({ sql }) => WATCHED.test(sql))) return
      const notes = db.all<Note>('SELECT * FROM witness ORDER BY n')
      if (notes.length === 0) return
      db.runBatch([{ sql: 'DELETE FROM witness', params: [] }])
      for (const note of notes) check(note, process, now)
      if (notes.some((note) => note.what === 'lane')) {
        const [passed] = db.all<{ seq: number }>(PASSED, [allPassed])
        if (passed) throw new Violation(`8: a lane passed event ${passed.seq}, of which no effect is stored`)
        allPassed = db.all<{ seq: number }>("SELECT min(cursor) AS seq FROM lanes WHERE stage = 'apply'")[0]!.seq
      }
    },
  }
}

import type { MemoryDb, Row, Statement } from '@throughline/core'
import { Violation } from './ledger.ts'
import type { Process } from './process.ts'

/** What every commit did to the tables that promises are about; written by triggers, so an aborted batch leaves nothing. */
interface Note extends Row {
  readonly what: 'delivery' | 'receipt' | 'lane' | 'link' | 'record' | 'append-only'
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

/** Looks at each commit in the instant it takes effect. */
export interface Witness {
  /** @throws Violation */
  committed(process: Process, statements: readonly Statement[], outcome: 'stored' | Error, now: number): void
}

/** `isDead`: whether a node can be known to be dead, as an exclusive lock tells it; its claims then end at once. */
export function createWitness(memory: MemoryDb, isDead: (node: string | undefined) => boolean, happened: (what: string) => void): Witness {
  const db = memory.sync
  db.runBatch(TRIGGERS.map((sql) => ({ sql, params: [] })))
  /** Delivery → the fence under which each node claimed it last. */
  const claims = new Map<string, { readonly node: string; readonly fence: number }>()

  /** Effects are append-only, so what all lanes have passed needs no second look. */
  let allPassed = 0

  function check(note: Note, process: Process, now: number): void {
    const { id, a, b } = note
    switch (note.what) {
      case 'delivery': {
        happened(`delivery: ${a} to ${b}`)
        if (!STEPS[a!]?.includes(b!)) throw new Violation(`9: ${process.node} moved delivery ${id} from ${a} to ${b}`)
        if (b === 'claimed') {
          if (note.owner !== process.node) throw new Violation(`9: ${process.node} claimed delivery ${id} for ${note.owner}`)
          if (note.fence !== note.before! + 1) throw new Violation(`9: the fence of delivery ${id} did not rise with a claim`)
          claims.set(id, { node: process.node, fence: note.fence })
        } else if (a === 'claimed') {
          const held = claims.get(id)
          const isExpiry = b === 'unknown' && (note.after! <= now || isDead(held?.node))
          if (!isExpiry && held?.node !== process.node)
            throw new Violation(`9: ${process.node} settled delivery ${id} as ${b}, which ${held?.node} holds`)
          if (isExpiry && held?.node !== process.node) happened('lease: a dead claim was taken over')
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
        if (outcome.message.includes('guard_holds')) happened('guard: refused a commit')
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

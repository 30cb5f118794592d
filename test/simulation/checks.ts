import type { MemoryDb, Row } from '@throughline/core'
import type { Mapping } from '@throughline/contracts'
import { Violation } from './ledger.ts'
import type { Cell, HumanWrite, Thing, Vendor } from './vendor.ts'
import { AUTHORITY, FIELDS } from './vendors.ts'

export interface Rest {
  readonly memory: MemoryDb
  readonly vendors: readonly Vendor[]
  readonly mappings: ReadonlyMap<string, Mapping>
  readonly raced: ReadonlySet<HumanWrite>
  readonly humanWrites: readonly HumanWrite[]
  readonly acknowledged: ReadonlySet<string>
  happened(what: string): void
}

interface LinkRow extends Row {
  readonly id: string
  readonly record_id: string
  readonly connection: string
  readonly external_id: string | null
  readonly state: string
}

const BUSY = `SELECT (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'claimed', 'waiting', 'unknown')) + (SELECT count(*) FROM fetches)
 + (SELECT count(*) FROM events e JOIN lanes l ON l.stage = 'apply' AND l.lane = e.lane WHERE e.seq > l.cursor) AS open`

/** How much the hub still has to do, by its own rows. */
export function openWork(memory: MemoryDb): number {
  return memory.sync.all<{ open: number }>(BUSY)[0]!.open
}

/** Whether a record or a history holds this value, in any spelling of its letter case. */
export function isKnown(memory: MemoryDb, value: string): boolean {
  const pattern = `%${JSON.stringify(value.trim()).slice(1, -1)}%`
  const rows = memory.sync.all(
    'SELECT 1 AS one FROM records WHERE fields LIKE ? UNION ALL SELECT 1 AS one FROM history WHERE changes LIKE ? LIMIT 1',
    [pattern, pattern],
  )
  return rows.length > 0
}

export function isWinner(memory: MemoryDb, recordId: string, field: string, value: string): boolean {
  const [row] = memory.sync.all<{ value: string | null }>(
    `SELECT json_extract(fields, '$.${field}.value') AS value FROM records WHERE id = ?`,
    [recordId],
  )
  return row?.value?.trim().toLowerCase() === value.trim().toLowerCase()
}

/** Invariant 1, whenever an acknowledgement went out. */
export function checkStored(memory: MemoryDb, signalId: string): void {
  const rows = memory.sync.all<{ n: number }>(
    'SELECT count(*) AS n FROM events e JOIN requests r ON r.id = e.request_id WHERE r.body LIKE ?',
    [`%"id":"${signalId}"%`],
  )
  if (rows[0]!.n !== 1) throw new Violation(`1: webhook item ${signalId} was acknowledged and is in the log ${rows[0]!.n} times`)
}

/** Everything that must hold once nothing moves any more. @throws Violation */
export function checkAtRest(rest: Rest): void {
  for (const id of rest.acknowledged) checkStored(rest.memory, id)
  const links = rest.memory.sync.all<LinkRow>('SELECT id, record_id, connection, external_id, state FROM links ORDER BY id')
  const conflicts = new Set(
    rest.memory.sync
      .all<{ fingerprint: string }>("SELECT fingerprint FROM exceptions WHERE class = 'conflict' AND state = 'open'")
      .map((row) => row.fingerprint),
  )
  checkLinked(rest, links)
  checkEqual(rest, links, conflicts)
  checkKept(rest)
}

/** Every living object is known, and every record is where it should be. */
function checkLinked({ vendors, memory, happened }: Rest, links: readonly LinkRow[]): void {
  const byExternal = new Map(links.map((link) => [`${link.connection}\n${link.external_id}`, link]))
  const ofRecord = Map.groupBy(links, (link) => link.record_id)
  for (const vendor of vendors) {
    for (const thing of vendor.things.values()) {
      if (thing.deletedAt !== null) continue
      const link = byExternal.get(`${vendor.spec.name}\n${thing.id}`)
      if (!link) throw new Violation(`7: ${thing.id} lives in ${vendor.spec.name} and the hub does not know it`)
      if (link.state !== 'open') {
        happened(`link: ${link.state}`)
        if (link.state === 'gone') throw new Violation(`7: ${thing.id} lives and its link is gone`)
        continue
      }
      for (const other of vendors) {
        const twin = ofRecord.get(link.record_id)!.find((candidate) => candidate.connection === other.spec.name)
        if (twin && (twin.external_id !== null || twin.state !== 'open')) continue
        if (twin && waitsBehindDouble(memory, twin.id, other, thing)) {
          happened('link: waits behind a double that a person must resolve')
          continue
        }
        const why = memory.sync.all('SELECT state, why FROM deliveries WHERE link_id = ? ORDER BY id DESC LIMIT 3', [twin?.id ?? ''])
        throw new Violation(`7: ${thing.id} never came to ${other.spec.name}: ${JSON.stringify(why)}`)
      }
    }
  }
}

/** Whether a create was given up because somebody else over there has the same e-mail address: a person was asked. */
function waitsBehindDouble(memory: MemoryDb, linkId: string, other: Vendor, thing: Thing): boolean {
  const [last] = memory.sync.all<{ state: string }>('SELECT state FROM deliveries WHERE link_id = ? ORDER BY rowid DESC LIMIT 1', [linkId])
  const email = thing.cells['email']?.value?.toLowerCase()
  return (
    last?.state === 'dead' &&
    [...other.things.values()].some((double) => double.deletedAt === null && double.cells['email']?.value?.toLowerCase() === email)
  )
}

/** All systems show the same, field by field, and what they show is the newest that somebody wanted. */
function checkEqual(rest: Rest, links: readonly LinkRow[], conflicts: ReadonlySet<string>): void {
  for (const [recordId, group] of Map.groupBy(
    links.filter((link) => link.state === 'open' && link.external_id !== null),
    (link) => link.record_id,
  )) {
    const shown = group.flatMap((link) => {
      const vendor = rest.vendors.find((candidate) => candidate.spec.name === link.connection)!
      const thing = vendor.things.get(link.external_id!)!
      return thing.deletedAt === null ? [{ vendor, thing }] : []
    })
    for (const field of FIELDS) {
      if (conflicts.has(`conflict:${recordId}:${field}`)) {
        rest.happened('rest: a clash waits for a person')
        continue
      }
      const codec = rest.mappings.get('alpha')!.fields.find((candidate) => candidate.field === field)!.codec
      const values = shown.map(({ thing }) => codec.normal(thing.cells[field]?.value ?? null))
      if (new Set(values).size > 1) {
        const what = shown.map(({ vendor, thing }) => `${vendor.spec.name} ${thing.id} "${thing.cells[field]?.value ?? null}"`)
        throw new Violation(`7: ${field} of record ${recordId} differs at rest: ${what.join(', ')}`)
      }
      for (const { thing } of shown) checkNotOvertaken(rest, recordId, field, thing.cells[field])
    }
  }
}

/** A value that a person has overwritten must not come back, unless the clocks of the vendors say that it is newer. */
function checkNotOvertaken(
  { humanWrites, memory, raced, vendors, happened }: Rest,
  recordId: string,
  field: string,
  cell: Cell | undefined,
): void {
  if (AUTHORITY[field] !== 'latest' || !cell || cell.value === null || !cell.origin) return
  const winner = cell.origin
  for (const write of humanWrites) {
    // An emptied field may look as it did before: that a write in doubt had landed in between, nobody can see.
    if (write.field !== field || write.value === null || write === winner || raced.has(write) || !isAncestor(winner, write)) continue
    const [linked] = memory.sync.all<{ record_id: string }>('SELECT record_id FROM links WHERE connection = ? AND external_id = ?', [
      write.vendor,
      write.object,
    ])
    if (linked?.record_id !== recordId) continue
    const object = vendors.find((vendor) => vendor.spec.name === write.vendor)!.things.get(write.object)!
    // Deleted before the hub could see it.
    if (object.deletedAt !== null && (write.value === null || !isKnown(memory, write.value))) continue
    const [row] = memory.sync.all<{ at: number | null }>(
      `SELECT json_extract(fields, '$.${field}.changedAt') AS at FROM records WHERE id = ?`,
      [recordId],
    )
    if (write.stamp <= (row?.at ?? 0)) {
      happened('rest: the clocks of two vendors disagreed')
      continue
    }
    throw new Violation(
      `6: ${field} of record ${recordId} ended as "${winner.value}", which a person had replaced with "${write.value}" in ${write.vendor}`,
    )
  }
}

function isAncestor(older: HumanWrite, newer: HumanWrite): boolean {
  for (let write = newer.over; write; write = write.over) if (write === older) return true
  return false
}

/** What the hub was shown of people's work is on a record, in a history, or was replaced by people themselves. */
function checkKept({ humanWrites, memory, raced, vendors, happened }: Rest): void {
  for (const write of humanWrites) {
    if (write.value === null || raced.has(write) || isKnown(memory, write.value)) continue
    const thing: Thing = vendors.find((vendor) => vendor.spec.name === write.vendor)!.things.get(write.object)!
    const isSeen = memory.sync.all("SELECT 1 AS one FROM events WHERE type = 'snapshot' AND external_id = ? AND body LIKE ? LIMIT 1", [
      write.object,
      `%${JSON.stringify(write.value).slice(1, -1)}%`,
    ])
    if (isSeen.length === 0) {
      happened('human value: never seen')
      continue
    }
    const isReplaced = humanWrites.some(
      (later) =>
        later.object === write.object &&
        later.vendor === write.vendor &&
        later.field === write.field &&
        later.at >= write.at &&
        later !== write &&
        isAncestor(write, later),
    )
    const link = memory.sync.all<{ state: string }>('SELECT state FROM links WHERE connection = ? AND external_id = ?', [
      write.vendor,
      write.object,
    ])
    if (isReplaced || thing.deletedAt !== null || link[0]?.state === 'ambiguous') continue
    throw new Violation(
      `6: "${write.value}" (${write.field} of ${write.object}) was in a snapshot and is neither on a record nor in a history`,
    )
  }
}

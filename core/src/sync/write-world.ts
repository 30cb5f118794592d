import { EACH } from '../db/each.ts'
import { OPEN_EXCEPTION } from '../exceptions.ts'
import { MARK } from '../log/mark.ts'
import { guard, statement, type Statement, type Value } from '../db/port.ts'
import type { Ids } from '../ids.ts'
import type { LinkState, RecordState } from './state.ts'
import type { World } from './world.ts'

const RECORD_VERSIONS =
  '(SELECT count(*) FROM json_each(?) j CROSS JOIN records r ON r.id = j.value ->> 0 AND r.version = j.value ->> 1) = ?'
const LINK_VERSIONS = '(SELECT count(*) FROM json_each(?) j CROSS JOIN links l ON l.id = j.value ->> 0 AND l.version = j.value ->> 1) = ?'

const SAVE_RECORDS = `INSERT INTO records (id, entity, version, fields, created_at, updated_at)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, ?, ? FROM ${EACH} j WHERE true
ON CONFLICT (id) DO UPDATE SET version = excluded.version, fields = excluded.fields, updated_at = excluded.updated_at`

const SAVE_HISTORY = `INSERT INTO history (record_id, version, at, event, changes)
SELECT j.value ->> 0, j.value ->> 1, ?, j.value ->> 2, j.value ->> 3 FROM ${EACH} j`

export const SAVE_LINKS = `INSERT INTO links (id, record_id, connection, stream, external_id, state, version, agreed, intents, intent_seq, remote_at, receipt_pos, receipt_at, raw_hash, mapping)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6, j.value ->> 7, j.value ->> 8, j.value ->> 9, j.value ->> 10, j.value ->> 11, j.value ->> 12, j.value ->> 13, j.value ->> 14
FROM ${EACH} j WHERE true
ON CONFLICT (id) DO UPDATE SET external_id = excluded.external_id, state = excluded.state, version = excluded.version, agreed = excluded.agreed,
 intents = excluded.intents, intent_seq = excluded.intent_seq, remote_at = excluded.remote_at, receipt_pos = excluded.receipt_pos, receipt_at = excluded.receipt_at,
 raw_hash = excluded.raw_hash, mapping = excluded.mapping`

const RELEASE_IDENTITIES = `DELETE FROM identities WHERE rowid IN (SELECT i.rowid FROM json_each(?) j
CROSS JOIN identities i ON i.entity = j.value ->> 0 AND i.kind = j.value ->> 1 AND i.value = j.value ->> 2 AND i.record_id = j.value ->> 3)`

const SAVE_IDENTITIES = `INSERT INTO identities (entity, kind, value, record_id, state)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, 'held' FROM ${EACH} j`

/** One pending row per link, however many changes ask for it: that is the coalescing. */
export const WANT = `INSERT INTO deliveries (id, link_id, record_id, connection, stream, state, wanted, event, attempt, next_at, fence, lease_until, created_at)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, 'pending', j.value ->> 5, j.value ->> 6, 0, j.value ->> 7, 0, 0, ? FROM ${EACH} j WHERE true
ON CONFLICT (link_id) WHERE state = 'pending' DO UPDATE SET wanted = max(wanted, excluded.wanted), event = excluded.event`

const SAVE_EFFECTS = `INSERT INTO effects (event, kind, reason, record_id) SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3 FROM ${EACH} j`

const PARK = `INSERT INTO inbox (event, connection, stream, external_id, reason, at)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, ? FROM json_each(?) j`

const UNPARK = `DELETE FROM inbox WHERE event IN (SELECT i.event FROM json_each(?) j CROSS JOIN inbox i ON i.connection = j.value ->> 0 AND i.stream = j.value ->> 1 AND i.external_id = j.value ->> 2)`

const AUDIT = `INSERT INTO audit (at, actor, action, subject, reason) SELECT ?, 'hub', j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?) j`

export function linkRow(link: LinkState): readonly Value[] {
  return [
    link.id,
    link.recordId,
    link.connection,
    link.stream,
    link.externalId,
    link.state,
    link.version,
    JSON.stringify(link.agreed),
    JSON.stringify(link.intents),
    link.intentSeq,
    link.remoteAt,
    link.receiptPos,
    link.receiptAt,
    link.rawHash,
    link.mapping,
  ]
}

/** The statements that store a world: guards on every version that was read, then the changes. Empty parts cost nothing. */
export function writeWorld(world: World, ids: Ids, now: number): Statement[] {
  const out: Statement[] = []
  const many = (rows: readonly unknown[], make: (json: string) => Statement): void => {
    if (rows.length > 0) out.push(make(JSON.stringify(rows)))
  }
  const records = changed(world.records)
  const links = changed(world.links)
  const oldRecords = records.filter((held) => held.before).map((held) => [held.before!.id, held.before!.version])
  const oldLinks = links.filter((held) => held.before).map((held) => [held.before!.id, held.before!.version])
  if (oldRecords.length > 0) out.push(guard(RECORD_VERSIONS, JSON.stringify(oldRecords), oldRecords.length))
  if (oldLinks.length > 0) out.push(guard(LINK_VERSIONS, JSON.stringify(oldLinks), oldLinks.length))

  many(
    records.map(({ now: r }: { now: RecordState }) => [r.id, r.entity, r.version, JSON.stringify(r.fields)]),
    (json) => statement(SAVE_RECORDS, now, now, json),
  )
  many(
    world.history.map((h) => [h.recordId, h.version, h.event, JSON.stringify(h.changes)]),
    (json) => statement(SAVE_HISTORY, now, json),
  )
  many(
    links.map((held) => linkRow(held.now)),
    (json) => statement(SAVE_LINKS, json),
  )
  many(world.released, (json) => statement(RELEASE_IDENTITIES, json))
  const identities = [...world.identities.values()].filter((held) => held.isNew)
  many(
    identities.map((held) => [...held.parts, held.recordId]),
    (json) => statement(SAVE_IDENTITIES, json),
  )
  const wanted = [...world.wanted].map(([linkId, want]) => {
    const link = world.links.get(linkId)!.now
    return [ids.next(), linkId, link.recordId, link.connection, link.stream, want.version, want.event, now]
  })
  many(wanted, (json) => statement(WANT, now, json))
  many(
    [...world.fetches.values()].map((f) => [f.connection, f.stream, f.externalId, f.event]),
    (json) => statement(MARK, now, json),
  )
  many([...world.overtaken.values()], (json) => statement(UNPARK, json))
  many(
    world.parked.map((p) => [p.event, p.connection, p.stream, p.externalId, p.reason]),
    (json) => statement(PARK, now, json),
  )
  many(
    world.troubles.map((t) => [ids.next(), t.class, t.fingerprint, t.connection, t.recordId, t.event, JSON.stringify(t.detail)]),
    (json) => statement(OPEN_EXCEPTION, now, now, json),
  )
  many(
    world.troubles.map((t) => ['exception.opened', t.fingerprint, t.class]),
    (json) => statement(AUDIT, now, json),
  )
  many(
    world.effects.map((e) => [e.event, e.kind, e.reason, e.recordId]),
    (json) => statement(SAVE_EFFECTS, json),
  )
  return out
}

function changed<T>(rows: ReadonlyMap<string, { before: T | null; now: T }>): { before: T | null; now: T }[] {
  return [...rows.values()].filter((held) => held.before !== held.now)
}

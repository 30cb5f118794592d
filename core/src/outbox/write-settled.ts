import { EACH } from '../db/each.ts'
import { guard, statement, type Statement } from '../db/port.ts'
import type { Ids } from '../ids.ts'
import { snapshotEvent } from '../log/snapshot.ts'
import { append } from '../log/append.ts'
import type { Claimed } from './claim.ts'
import type { Route } from '../routes.ts'
import { adopt, agree, hasMoved, yieldTo, type Settlement } from './settle.ts'
import type { LinkState } from '../sync/state.ts'
import { linkRow, SAVE_LINKS } from '../sync/write-world.ts'
import { MARK } from '../log/mark.ts'
import { OPEN_EXCEPTION } from '../exceptions.ts'

/** A node that lost its lease commits nothing: every row must still be claimed under the fence it was claimed with. */
const FENCED = `(SELECT count(*) FROM json_each(?) j CROSS JOIN deliveries d ON d.id = j.value ->> 0 AND d.fence = j.value ->> 1 AND d.state = 'claimed') = ?`
const LINK_VERSIONS = '(SELECT count(*) FROM json_each(?) j CROSS JOIN links l ON l.id = j.value ->> 0 AND l.version = j.value ->> 1) = ?'

const SETTLE = `UPDATE deliveries SET state = j.value ->> 1, next_at = coalesce(j.value ->> 2, next_at), attempt = attempt - (j.value ->> 3),
 alone = j.value ->> 4, why = j.value ->> 5, exchange = j.value ->> 6, external_id = coalesce(j.value ->> 7, external_id), settled_at = j.value ->> 8, owner = NULL
FROM ${EACH} j WHERE deliveries.id = j.value ->> 0`

const RECEIPTS = `INSERT INTO receipts (delivery_id, at, fence, external_id, created, answer)
SELECT j.value ->> 0, ?, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4 FROM ${EACH} j`

/** What is logged up to now was read before this receipt, or may have been. */
const RECEIPT_POS = `UPDATE links SET receipt_pos = (SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)) WHERE id IN (SELECT value FROM json_each(?))`

/** What a superseded write still owes; the payload is made anew when it is claimed. */
const SUCCEED = `INSERT INTO deliveries (id, link_id, record_id, connection, stream, state, wanted, attempt, next_at, fence, lease_until, created_at)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, 'pending', j.value ->> 5, j.value ->> 6, j.value ->> 7, 0, 0, ? FROM json_each(?) j WHERE true
ON CONFLICT (link_id) WHERE state = 'pending' DO UPDATE SET attempt = max(attempt, excluded.attempt)`

const AUDIT = `INSERT INTO audit (at, actor, action, subject, reason) SELECT ?, 'hub', 'delivery.dead', j.value ->> 0, j.value ->> 1 FROM json_each(?) j`

const DOUBLED = 'linked to an object that appeared over there while this one was made: the two need a person'

export interface Settled {
  readonly claimed: Claimed
  /** The link as it is now: snapshots may have moved it since the claim. */
  readonly link: LinkState
  readonly outcome: Settlement
}

/** The statements of one answered batch: fences and link versions guarded, then receipts, links, successors and exceptions. */
export function writeSettled(settled: readonly Settled[], route: Route, ids: Ids, now: number, asOf: number): Statement[] {
  const links: LinkState[] = []
  const rows: unknown[] = []
  const receipts: unknown[] = []
  const received: string[] = []
  const successors: unknown[] = []
  const events: ReturnType<typeof snapshotEvent>[] = []
  const marks: unknown[] = []
  const dead: { id: string; why: string; link: LinkState }[] = []

  const succeed = (claimed: Claimed, link: LinkState, at: number): void => {
    successors.push([ids.next(), link.id, link.recordId, route.connection, route.name, claimed.record.version, claimed.attempt, at])
  }

  for (const { claimed, link, outcome } of settled) {
    const row = (
      at: number | null,
      giveBack: 0 | 1,
      alone: 0 | 1,
      why: string | null,
      exchange: string | null,
      externalId: string | null,
      end: number | null,
    ): void => {
      rows.push([claimed.id, outcome.to, at, giveBack, alone, why, exchange, externalId, end])
    }
    switch (outcome.to) {
      case 'done': {
        const { receipt } = outcome
        const answer = JSON.stringify({ modified: receipt.raw?.modifiedText ?? null })
        receipts.push([claimed.id, claimed.fence, receipt.externalId, receipt.created ? 1 : 0, answer])
        if (claimed.operation === 'create' && link.state === 'open' && link.externalId !== null && link.externalId !== receipt.externalId) {
          // Linked meanwhile to an object that a person made: the link stays there, and reading ours shows that it is a double.
          links.push({ ...link, version: link.version + 1, intents: {} })
          marks.push([route.connection, route.name, receipt.externalId, 0])
          succeed(claimed, link, now)
          rows.push([claimed.id, 'superseded', null, 0, 0, DOUBLED, null, receipt.externalId, now])
          break
        }
        links.push(
          outcome.found
            ? adopt(link, claimed, outcome.found, route)
            : agree(link, claimed, receipt, receipt.raw ? route.stream.decode(receipt.raw) : null),
        )
        received.push(link.id)
        if (outcome.found || hasMoved(link, claimed)) marks.push([route.connection, route.name, receipt.externalId, 0])
        row(null, 0, 0, null, null, receipt.externalId, now)
        break
      }
      case 'waiting':
        row(outcome.at, outcome.freeAttempt ? 1 : 0, outcome.alone ? 1 : 0, outcome.why, outcome.exchange, null, null)
        break
      case 'unknown':
        row(outcome.at, 0, 0, outcome.why, outcome.exchange, null, null)
        break
      case 'superseded':
        links.push(yieldTo(link, claimed, outcome.found, route))
        for (const raw of outcome.found) events.push(snapshotEvent(ids.next(), route.connection, route.name, raw, asOf, now))
        if (outcome.found.length === 0 && link.externalId !== null) marks.push([route.connection, route.name, link.externalId, 0])
        succeed(claimed, link, outcome.at)
        row(null, 0, 0, outcome.why, null, null, now)
        break
      case 'dead':
        links.push({ ...link, version: link.version + 1, intents: {} })
        dead.push({ id: claimed.id, why: outcome.why, link })
        row(null, 0, 0, outcome.why, outcome.exchange, null, now)
        break
    }
  }

  const out: Statement[] = [guard(FENCED, JSON.stringify(settled.map(({ claimed }) => [claimed.id, claimed.fence])), settled.length)]
  if (links.length > 0) {
    // `links` carries the next version of each row that was read.
    out.push(guard(LINK_VERSIONS, JSON.stringify(links.map((link) => [link.id, link.version - 1])), links.length))
    out.push(statement(SAVE_LINKS, JSON.stringify(links.map(linkRow))))
  }
  out.push(statement(SETTLE, JSON.stringify(rows)))
  if (receipts.length > 0) out.push(statement(RECEIPTS, now, JSON.stringify(receipts)), statement(RECEIPT_POS, JSON.stringify(received)))
  out.push(...append(events))
  if (marks.length > 0) out.push(statement(MARK, now, JSON.stringify(marks)))
  if (successors.length > 0) out.push(statement(SUCCEED, now, JSON.stringify(successors)))
  if (dead.length > 0) {
    const exceptions = dead.map(({ id, why, link }) => [
      ids.next(),
      'delivery failed',
      `delivery:${link.id}`,
      route.connection,
      link.recordId,
      null,
      JSON.stringify({ why, delivery: id, stream: route.name, externalId: link.externalId }),
    ])
    out.push(statement(OPEN_EXCEPTION, now, now, JSON.stringify(exceptions)))
    out.push(statement(AUDIT, now, JSON.stringify(dead.map(({ id, why }) => [id, why]))))
  }
  return out
}

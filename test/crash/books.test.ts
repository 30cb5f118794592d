import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDb, statement, type Statement } from '@throughline/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readBooks } from './books.ts'
import type { Item } from './proxy.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'books-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

const EVENT = `INSERT INTO events (id, source, type, stream, external_id, lane, received_at, body) VALUES (?, 'hubspot', 'signal.changed', 'contacts', '1', 0, 1, ?)`
const event = (eventId: number): Statement => statement(EVENT, `id ${eventId}`, JSON.stringify({ eventId }))
const effect = (seq: number): Statement => statement("INSERT INTO effects (event, kind, reason) VALUES (?, 'applied', 'x')", seq)
const delivery = (id: string, state: string, key: string | null): Statement =>
  statement(
    "INSERT INTO deliveries (id, link_id, record_id, connection, stream, state, wanted, key, attempt, next_at, fence, lease_until, created_at) VALUES (?, ?, 'r', 'c', 's', ?, 1, ?, 0, 0, 0, 0, 0)",
    id,
    id,
    state,
    key,
  )
const item = (eventId: number, source = 'CRM_UI'): [number, Item] => [
  eventId,
  { eventId, objectId: 1, changeSource: source, sourceId: source === 'CRM_UI' ? 'user' : '50780459' },
]

async function faults(written: readonly Statement[], accepted: readonly [number, Item][]): Promise<readonly string[]> {
  const file = join(dir, 'hub.db')
  const db = await openDb(`file:${file}`)
  if (written.length > 0) await db.batch(written)
  await db.close()
  return readBooks(file, new Map(accepted)).faults
}

test('books that hold what was acknowledged, once, have no fault; the hub leaves its own writes out', async () => {
  expect(await faults([event(7), effect(1), delivery('a', 'void', null)], [item(7), item(8, 'INTEGRATION')])).toEqual([])
})

test('an acknowledged webhook that is not in the log, or twice, is told', async () => {
  expect(await faults([event(7), event(7), effect(1), effect(2)], [item(7), item(9)])).toEqual([
    'webhook event 9 (contact 1) was acknowledged and is not in the log',
    'webhook event 7 is in the log 2 times',
  ])
})

test('an event without an effect, a delivery left open and one done without a receipt are told', async () => {
  const told = await faults([event(7), delivery('a', 'claimed', 'k'), delivery('b', 'done', 'k')], [])
  expect(told).toEqual([
    'events without an effect: 1',
    'deliveries left open: a claimed ',
    'deliveries done without a receipt: b',
    'idempotency keys used twice: k',
  ])
})

import { parseMapping } from '@throughline/contracts'
import type { RawRecord } from '@throughline/sdk'
import { expect, test } from 'vitest'
import { createVendor } from '../testing/vendor.ts'
import type { Claimed } from './claim.ts'
import { examine } from './examine.ts'
import type { Route } from '../routes.ts'
import { adopt, agree, hasMoved, settle, yieldTo } from './settle.ts'
import type { LinkState, RecordState } from '../sync/state.ts'

const mapping = parseMapping(
  `mapping: v.people
version: 1.0.0
connector: v
stream: people
entity: person
create: true
deletes: unlink
match: [email]
fields:
  - { field: email, remote: email, direction: both, authority: latest, codec: email }
  - { field: firstName, remote: first, direction: both, authority: latest, codec: text }
`,
  'v.yaml',
)
const stream = createVendor('v', () => 0).connector.streams.people!
const route = { mapping, stream } as Route

const LINK: LinkState = {
  id: 'l',
  recordId: 'r',
  connection: 'v',
  stream: 'people',
  externalId: '1',
  state: 'open',
  version: 3,
  agreed: { firstName: { value: 'Old', raw: 'Old' } },
  intents: { firstName: 'New' },
  intentSeq: 1,
  remoteAt: 10,
  receiptPos: 0,
  receiptAt: null,
  rawHash: 'x',
  mapping: 'v.people@1.0.0',
}

function recordWith(firstName: string): RecordState {
  const provenance = { value: firstName, system: 'w', actor: null, event: 1, at: 0, changedAt: 0 }
  return { id: 'r', entity: 'person', version: 2, fields: { firstName: provenance } }
}

function claimed(operation: 'create' | 'update', link: Partial<LinkState> = {}): Claimed {
  return {
    id: 'd',
    key: 'k',
    operation,
    payload: { firstName: { value: 'New', remote: 'first', raw: 'New' } },
    attempt: 1,
    fence: 1,
    link: { ...LINK, ...link },
    record: recordWith('New'),
    inDoubt: false,
    createdAt: 0,
  }
}

function raw(properties: Record<string, unknown>, state: RawRecord['state'] = 'live'): RawRecord {
  return { id: '1', state, modifiedAt: 20, modifiedText: null, actor: null, body: { properties } }
}

const look = (byKey: RawRecord[], others: RawRecord[] = []): { byKey: RawRecord[]; others: RawRecord[] } => ({ byKey, others })

test('an object that still shows what was agreed is written', () => {
  expect(examine(claimed('update'), look([raw({ first: 'Old' })]), route).next).toBe('send')
})

test('an object that shows the new value already is not written again', () => {
  expect(examine(claimed('update'), look([raw({ first: ' New' })]), route).next).toBe('done')
})

test('an object that somebody changed meanwhile is merged first; a change of another field does not matter', () => {
  expect(examine(claimed('update'), look([raw({ first: 'Third' })]), route).next).toBe('merge')
  expect(examine(claimed('update'), look([raw({ first: 'Old', email: 'x@y.co' })]), route).next).toBe('send')
})

test('a deleted object is not written', () => {
  expect(examine(claimed('update'), look([raw({}, 'deleted')]), route).next).toBe('merge')
})

test('a payload that the record has moved on from is not sent again', () => {
  const update = { ...claimed('update'), record: recordWith('Newest') }
  expect(examine(update, look([raw({ first: 'Old' })]), route).next).toBe('merge')
  expect(examine(update, look([raw({ first: 'New' })]), route).next).toBe('done')
})

test('a create whose link has found an object meanwhile makes no second one', () => {
  const create = claimed('create', { externalId: '7' })
  const ours = raw({ first: 'New' })
  expect(examine(create, look([]), route)).toEqual({ next: 'merge', found: [] })
  expect(examine(create, look([ours]), route)).toEqual({ next: 'merge', found: [ours] })
  expect(examine(claimed('create', { externalId: ours.id }), look([ours]), route).next).toBe('done')
})

test('a field without an agreement is sent into what is empty, and never over what a person has put there', () => {
  const update = claimed('update', { agreed: {} })
  expect(examine(update, look([raw({ first: null })]), route).next).toBe('send')
  expect(examine(update, look([raw({ first: 'Theirs' })]), route).next).toBe('merge')
})

test('a create that landed is adopted; one whose person exists is merged; else it is sent', () => {
  expect(examine(claimed('create', { externalId: null }), look([raw({ first: 'New' })]), route).next).toBe('done')
  expect(examine(claimed('create', { externalId: null }), look([], [raw({})]), route).next).toBe('merge')
  expect(examine(claimed('create', { externalId: null }), look([], [raw({}, 'deleted')]), route).next).toBe('send')
})

const EXCHANGE = { method: 'PATCH', path: '/p', request: '{}', status: 500, answer: '' }

test('a rate answer and a probe use up no attempt; the last refused attempt is the end', () => {
  const last = { ...claimed('update'), attempt: 24 }
  const retry = { next: 'retry', why: 'busy', exchange: EXCHANGE } as const
  expect(settle(last, { ...retry, limited: true }, 0, 0.5, 100, false)).toMatchObject({ to: 'waiting', freeAttempt: true })
  expect(settle(last, retry, 0, 0.5, 100, true)).toMatchObject({ to: 'waiting', freeAttempt: true })
  expect(settle(last, retry, 0, 0.5, 100, false)).toMatchObject({ to: 'dead', exchange: JSON.stringify(EXCHANGE) })
})

test('an unknown outcome waits until its effect would be visible', () => {
  expect(settle(claimed('update'), { next: 'unknown', why: 'time-out', exchange: EXCHANGE }, 1_000, 0.5, 5_000, false)).toMatchObject({
    to: 'unknown',
    at: 6_000,
  })
})

test('a receipt agrees on what came back, ends the intents and forgets the old fingerprint', () => {
  const answer = raw({ first: 'NEW' })
  const next = agree(LINK, claimed('update'), { externalId: '1', raw: answer, created: false }, stream.decode(answer))
  expect(next).toMatchObject({
    agreed: { firstName: { value: 'New', raw: 'NEW' } },
    intents: {},
    rawHash: null,
    receiptAt: 20,
    remoteAt: 20,
    version: 4,
  })
})

test('a receipt without a read-back agrees on what was sent', () => {
  const next = agree(LINK, claimed('update'), { externalId: '1', raw: null, created: false }, null)
  expect(next).toMatchObject({ agreed: { firstName: { value: 'New', raw: 'New' } }, receiptAt: null, remoteAt: 10 })
})

test('a write that gives way agrees on what of it has landed, and on nothing else', () => {
  const both = { ...claimed('update').payload, email: { value: 'new@example.com', remote: 'email', raw: 'new@example.com' } }
  const before = { agreed: { firstName: { value: 'Old', raw: 'Old' }, email: { value: 'old@example.com', raw: 'old@example.com' } } }
  const gave = { ...claimed('update', before), payload: both }
  // The first name landed before the answer was lost; then somebody typed another address.
  const after = yieldTo(gave.link, gave, [raw({ first: ' New', email: 'theirs@example.com' })], route)
  expect(after.agreed).toEqual({ firstName: { value: 'New', raw: ' New' }, email: before.agreed.email })
  expect(after).toMatchObject({ intents: {}, version: gave.link.version + 1 })
  // What a snapshot has agreed on since the claim is newer than the look.
  const moved = { ...gave.link, agreed: { ...before.agreed, firstName: { value: 'Later', raw: 'Later' } } }
  expect(yieldTo(moved, gave, [raw({ first: 'New' })], route).agreed['firstName']).toEqual({ value: 'Later', raw: 'Later' })
  expect(yieldTo(gave.link, gave, [raw({ first: 'New' }, 'deleted')], route).agreed).toEqual(before.agreed)
})

test('a snapshot that agreed on another value while the write was out calls for a read after the receipt', () => {
  const update = claimed('update')
  const agreedOn = (value: string): LinkState => ({ ...LINK, agreed: { firstName: { value, raw: value } } })
  expect(hasMoved(agreedOn('Old'), update)).toBe(false)
  expect(hasMoved(agreedOn('New'), update)).toBe(false)
  expect(hasMoved(agreedOn('Theirs'), update)).toBe(true)
})

test('a create found by a look agrees on what it shows as sent; elsewhere a base that a snapshot has set stays', () => {
  const create = claimed('create', { externalId: null, agreed: {} })
  const agreedAfter = (agreed: LinkState['agreed'], first: string) => {
    const link = { ...LINK, externalId: null, agreed }
    return adopt(link, { ...create, link }, raw({ first }), route).agreed.firstName
  }
  expect(agreedAfter({}, 'New')).toEqual({ value: 'New', raw: 'New' })
  expect(agreedAfter({}, 'Theirs')).toEqual({ value: 'New', raw: 'New' })
  expect(agreedAfter({ firstName: { value: 'Theirs', raw: 'Theirs' } }, 'Theirs')).toEqual({ value: 'Theirs', raw: 'Theirs' })
  expect(adopt(LINK, create, raw({ first: 'New' }), route).remoteAt).toBe(LINK.remoteAt)
})

import { loadRegistry, parseMapping } from '@throughline/contracts'
import type { RawRecord } from '@throughline/sdk'
import { expect, test } from 'vitest'
import { createVendor } from '../testing/vendor.ts'
import { absorb } from './absorb.ts'
import { createRoutes, type Route } from '../routes.ts'
import type { LinkState, RecordState } from './state.ts'
import { understand } from './understand.ts'
import { addLink, emptyWorld, type World } from './world.ts'

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
  - { field: firstName, remote: first, direction: both, authority: latest, codec: text }
`,
  'v.yaml',
)
const stream = createVendor('v', () => 0).connector.streams.people!
const route = {
  connection: 'v',
  name: 'people',
  mapping,
  stream,
  contract: loadRegistry().entity('person'),
  keyProperty: null,
} as unknown as Route
const routes = createRoutes([route], ['v'])

/** A link whose last receipt was committed when the log's newest event was 10; the vendor then showed "Sent". */
function world(): World {
  const made = emptyWorld()
  const provenance = { value: 'Sent', system: 'w', actor: null, event: 1, at: 0, changedAt: 0 }
  const record: RecordState = { id: 'r', entity: 'person', version: 1, fields: { firstName: provenance } }
  const link: LinkState = {
    id: 'l',
    recordId: 'r',
    connection: 'v',
    stream: 'people',
    externalId: '1',
    state: 'open',
    version: 1,
    agreed: { firstName: { value: 'Sent', raw: 'Sent' } },
    intents: {},
    intentSeq: 1,
    remoteAt: null,
    receiptPos: 10,
    receiptAt: null,
    rawHash: null,
    mapping: 'v.people@1.0.0',
  }
  made.records.set('r', { before: record, now: record })
  addLink(made, link, false)
  return made
}

function absorbed(first: string, asOf: number): World {
  const made = world()
  const raw: RawRecord = {
    id: '1',
    state: 'live',
    modifiedAt: null,
    modifiedText: null,
    actor: null,
    body: { id: '1', properties: { first } },
  }
  const body = JSON.stringify(raw)
  const event = { seq: 11, source: 'v', type: 'snapshot', stream: 'people', external_id: '1', lane: 0, received_at: 0, as_of: asOf, body }
  absorb(made, understand(event, routes), { routes, next: () => 'new', now: 0 })
  return made
}

test('a read that may have begun before the last receipt changes nothing and is made again', () => {
  const doubtful = absorbed('Old', 10)
  expect(doubtful.records.get('r')!.now.version).toBe(1)
  expect(doubtful.fetches.size).toBe(1)
  expect(absorbed('Old', 9).fetches.size).toBe(1)
})

test('one that began after it is taken over', () => {
  const later = absorbed('Theirs', 11)
  expect(later.records.get('r')!.now.fields.firstName!.value).toBe('Theirs')
  expect(later.fetches.size).toBe(0)
})

test('one in doubt that shows nothing new is not made again', () => {
  expect(absorbed('Sent', 10).fetches.size).toBe(0)
})

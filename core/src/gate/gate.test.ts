import { loadRegistry, parseMapping } from '@throughline/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createStore, migrate, openMemory, type Store } from '../db/index.ts'
import { createIds } from '../ids.ts'
import { createPoll } from '../intake/poll.ts'
import { createVendor } from '../testing/vendor.ts'
import { createGate, type Gate } from './gate.ts'
import type { Route } from '../routes.ts'

const LIMITS = { calls: 1_000, per: 1_000 }
let time = 0
const clock = { now: () => time, sleep: () => Promise.resolve() }
const ids = createIds(clock)
let store: Store
let gate: Gate

beforeEach(async () => {
  time = 1_000_000
  const db = openMemory()
  await migrate(db)
  store = createStore(db, { ids, clock })
  gate = createGate('left', 'left', LIMITS, store, clock)
  for (let i = 0; i < 10; i++) {
    await gate.ask()
    await gate.report({ kind: 'fault', why: 'down' })
  }
  expect(await gate.ask()).toMatchObject({ go: false, why: 'breaker' })
  time += 2_000
})
afterEach(() => store.close())

test('a probe that is not made is given back: the next caller makes it', async () => {
  expect(await gate.ask()).toEqual({ go: true, probe: true })
  expect(await gate.ask()).toMatchObject({ go: false, why: 'breaker' })
  await gate.report({ kind: 'unused' })
  expect(await gate.ask()).toEqual({ go: true, probe: true })
  await gate.report({ kind: 'ok' })
  expect(await gate.ask()).toEqual({ go: true, probe: false })
})

test('a rate answer to a probe leaves the breaker open, not waiting for the probe', async () => {
  await gate.ask()
  await gate.report({ kind: 'limited', at: time + 500 })
  time += 500
  expect(await gate.ask()).toEqual({ go: true, probe: true })
})

test('a poll without news is an answer: as a probe it closes the breaker', async () => {
  const vendor = createVendor('left', () => time)
  const mapping = parseMapping(
    'mapping: left.people\nversion: 1.0.0\nconnector: left\nstream: people\nentity: person\ncreate: true\ndeletes: unlink\nmatch: [email]\n' +
      'fields:\n  - { field: email, remote: email, direction: both, authority: latest, codec: email }\n',
    'left.yaml',
  )
  const io = { fetch, now: () => time, fields: {}, log: () => undefined }
  const remote = {
    ...vendor.connector.connect({}, io),
    async *pull() {},
  }
  const route: Route = {
    connection: 'left',
    name: 'people',
    stream: vendor.connector.streams['people']!,
    mapping,
    contract: loadRegistry().entity('person'),
    remote,
    gate,
    pollMs: 1_000,
    keyProperty: null,
  }
  await createPoll(route, { store, clock, ids, node: 'one', stop: new AbortController().signal }).step()
  expect(await gate.ask()).toEqual({ go: true, probe: false })
})

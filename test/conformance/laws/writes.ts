import assert from 'node:assert/strict'
import { streamLaw, type StreamLaw } from '../law.ts'
import { assertNext, creates, holds, insist, recordIdOf, same, update } from '../scene.ts'
import { operations } from './operations.ts'

const writes: StreamLaw['applies'] = ({ kind }) => kind.can.write === true
const upserts: StreamLaw['applies'] = ({ kind }) => kind.can.write === true && typeof kind.can.upsertBy === 'string'
const checksVersions: StreamLaw['applies'] = ({ kind }) => kind.can.write === true && kind.can.versionCheck === true

export const writeLaws: readonly StreamLaw[] = [
  streamLaw(
    'what is written is what the vendor then holds, and the receipt says so',
    'safety',
    async (scene) => {
      const { connection, kind, own, stream, signal } = scene
      const results = await connection.write(stream, creates(scene, 3), signal)
      assertNext(results, 3, 'done')
      const truth = await scene.truth()
      assert.equal(truth.size, 3)
      for (const [n, result] of results.entries()) {
        assert(result.next === 'done')
        const { externalId, raw, created } = result.receipt
        assert(holds(truth.get(externalId), own.sample(n)), `receipt ${n} names an object that does not hold what was written`)
        assert.equal(created, true, 'a new object is reported as created')
        if (typeof kind.can.upsertBy === 'string')
          assert.equal(truth.get(externalId)?.[kind.can.upsertBy], recordIdOf(n), 'it carries the record id')
        if (raw === null) continue
        assert.equal(raw.id, externalId)
        const seen = kind.decode(raw)
        for (const [name, value] of Object.entries(own.sample(n)))
          if (name in seen) assert(same(seen[name], value), `the receipt shows another ${name}`)
      }
    },
    writes,
  ),

  streamLaw(
    'a repeated write has one effect',
    'safety',
    async (scene) => {
      const { connection, stream, signal } = scene
      for (const { name, deliveries, repeatable, landed } of await operations(scene, 3)) {
        if (!repeatable) continue
        const first = await connection.write(stream, deliveries, signal)
        assertNext(first, deliveries.length, 'done')
        const before = await scene.truth()
        const second = await connection.write(stream, deliveries, signal)
        assertNext(second, deliveries.length, 'done')
        const after = await scene.truth()
        assert.equal(after.size, before.size, `a repeated ${name} changed how many objects there are`)
        assert.equal(landed(after), deliveries.length)
        for (const [i, result] of second.entries()) {
          assert(result.next === 'done' && first[i]?.next === 'done')
          assert.equal(result.receipt.externalId, first[i].receipt.externalId, `a repeated ${name} names another object`)
          assert.equal(result.receipt.created, false, `a repeated ${name} creates nothing`)
        }
      }
    },
    writes,
  ),

  streamLaw(
    'a create of a record that is there already updates it',
    'safety',
    async (scene) => {
      const { connection, own, stream, signal } = scene
      const [first] = creates(scene, 1)
      assert(first)
      assertNext(await connection.write(stream, [first], signal), 1, 'done')
      const again = { ...first, key: 'another-key', patch: { ...own.sample(0), ...own.change(0) } }
      assertNext(await connection.write(stream, [again], signal), 1, 'done')
      const truth = [...(await scene.truth()).values()]
      assert.equal(truth.length, 1, 'one record, one object')
      assert(holds(truth[0], own.change(0)))
    },
    upserts,
  ),

  streamLaw(
    'a write leaves alone what it does not mention',
    'safety',
    async (scene) => {
      const { connection, own, remote, stream, signal } = scene
      const planted = await remote.plant(stream, [{ ...own.sample(0), ...own.unmapped }, own.sample(1)])
      const [id = '', other = ''] = planted
      const patch = own.change(0)
      const before = await scene.truth()
      assertNext(await connection.write(stream, [update(id, patch)], signal), 1, 'done')
      const after = await scene.truth()
      for (const name of [...Object.keys(own.sample(0)), ...Object.keys(own.unmapped)]) {
        if (name in patch) assert(same(after.get(id)?.[name], patch[name]), `${name} was written`)
        else assert(same(after.get(id)?.[name], before.get(id)?.[name]), `${name} was not mentioned, yet it changed`)
      }
      assert(holds(after.get(other), own.sample(1)), 'another object was touched')
    },
    writes,
  ),

  streamLaw(
    'null clears a field, and only that',
    'manners',
    async (scene) => {
      const { connection, own, remote, stream, signal } = scene
      const [id = ''] = await remote.plant(stream, [own.sample(0)])
      assert(!same(own.sample(0)[own.clearable], null), 'the sample fills the field')
      assertNext(await connection.write(stream, [update(id, { [own.clearable]: null })], signal), 1, 'done')
      const fields = (await scene.truth()).get(id)
      assert(holds(fields, { ...own.sample(0), [own.clearable]: null }), 'the vendor does not hold the sample with that one field empty')
    },
    writes,
  ),

  streamLaw(
    'results tell the truth, row by row',
    'safety',
    async (scene) => {
      const { own } = scene
      const deliveries = creates(scene, 3).map((delivery, i) =>
        i === 1 ? { ...delivery, patch: { ...delivery.patch, ...own.refused } } : delivery,
      )
      const results = await insist(scene, deliveries)
      const truth = [...(await scene.truth()).values()]
      assert(results[1]?.next === 'reject', `what the vendor refuses for ever is ${results[1]?.next}`)
      for (const n of [0, 2]) {
        const there = truth.filter((fields) => holds(fields, own.sample(n))).length
        assert.notEqual(results[n]?.next, 'reject', 'a good row was rejected for its neighbour')
        if (results[n]?.next === 'done') assert.equal(there, 1, 'a row said to be done is not there')
        if (results[n]?.next === 'retry') assert.equal(there, 0, 'a row said to have had no effect is there')
      }
      assert.equal(truth.length, results.filter((result) => result.next === 'done').length)
    },
    writes,
  ),

  streamLaw(
    'one bad row fails alone',
    'manners',
    async (scene) => {
      const { own, remote, stream } = scene
      const ids = await remote.plant(stream, [own.sample(0), own.sample(1), own.sample(2)])
      const patches = ids.map((id, i) => update(id, i === 1 ? own.refused : own.change(i)))
      const results = await insist(scene, patches)
      assert.deepEqual(
        results.map((result) => result.next),
        ['done', 'reject', 'done'],
      )
      const truth = await scene.truth()
      assert(ids.every((id, i) => holds(truth.get(id), i === 1 ? own.sample(1) : own.change(i))))
    },
    writes,
  ),

  streamLaw(
    'a full batch is one call',
    'manners',
    async (scene) => {
      const { connection, kind, stream, signal } = scene
      await connection.check(signal)
      for (const { name, deliveries, landed } of await operations(scene, kind.can.batch.write)) {
        const before = (await scene.calls()).writes
        assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'done')
        assert.equal((await scene.calls()).writes - before, 1, `calls for a full batch of ${name}`)
        assert.equal(landed(await scene.truth()), deliveries.length)
      }
    },
    writes,
  ),

  streamLaw(
    'an overfull batch loses and doubles nothing',
    'safety',
    async (scene) => {
      const { connection, kind, own, stream, signal } = scene
      const deliveries = creates(scene, kind.can.batch.write + 1)
      const results = await connection.write(stream, deliveries, signal)
      assert.equal(results.length, deliveries.length, 'one result for each delivery')
      const truth = [...(await scene.truth()).values()]
      assert.equal(truth.length, results.filter((result) => result.next === 'done').length, 'as many objects as results that say done')
      for (const [n, result] of results.entries()) {
        if (result.next === 'done')
          assert(
            truth.some((fields) => holds(fields, own.sample(n))),
            `row ${n} is done but not there`,
          )
      }
    },
    writes,
  ),

  streamLaw(
    'an empty batch is no call',
    'manners',
    async (scene) => {
      const before = await scene.calls()
      assert.deepEqual(await scene.connection.write(scene.stream, [], scene.signal), [])
      assert.equal((await scene.calls()).writes, before.writes)
    },
    writes,
  ),

  streamLaw(
    'a write based on a stale version is a conflict',
    'safety',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      const [id = ''] = await remote.plant(stream, [own.sample(0)], remote.now() - 3_600_000)
      const raw = (await connection.read(stream, [id], signal)).get(id)
      assert(raw?.modifiedText, 'the object has a modification time')
      await remote.edit(stream, id, own.change(0))
      const back = Object.fromEntries(Object.keys(own.change(0)).map((name) => [name, own.sample(0)[name] ?? null]))
      const stale = await connection.write(stream, [update(id, back, raw.modifiedText)], signal)
      assertNext(stale, 1, 'conflict')
      assert(holds((await scene.truth()).get(id), own.change(0)), "the person's edit was overwritten")
      const current = stale[0]?.next === 'conflict' ? stale[0].current : null
      if (current !== null)
        assert(
          Object.entries(own.change(0)).every(([name, value]) => same(kind.decode(current)[name], value)),
          'current is not current',
        )
    },
    checksVersions,
  ),

  streamLaw(
    'a write to an object that is gone does not bring it back as another',
    'safety',
    async (scene) => {
      const { connection, own, remote, stream, signal } = scene
      const [id = ''] = await remote.plant(stream, [own.sample(0)])
      await remote.remove(stream, id)
      const results = await connection.write(stream, [update(id, own.change(0))], signal)
      assertNext(results, 1, 'conflict', 'reject')
      assert.equal((await scene.truth()).size, 0)
    },
    writes,
  ),
]

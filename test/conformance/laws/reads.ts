import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stream } from '@throughline/sdk'
import { streamLaw, type StreamLaw } from '../law.ts'
import { assertNext, creates, holds, pagesOf, recordIdOf, recordsOf, same } from '../scene.ts'

const finds: StreamLaw['applies'] = ({ kind }) => kind.can.find === true
const merges: StreamLaw['applies'] = ({ kind }) => kind.can.merge === true

export const readLaws: readonly StreamLaw[] = [
  streamLaw('a full read answers every id: what is there with its fields, what is not with null', 'safety', async (scene) => {
    const { connection, kind, own, remote, stream, signal } = scene
    const n = kind.can.batch.read - 1
    const ids = await remote.plant(
      stream,
      Array.from({ length: n }, (_, i) => own.sample(i)),
    )
    const found = await connection.read(stream, [own.absentId, ...ids], signal)
    assert.equal(found.size, n + 1, 'as many answers as ids')
    assert.equal(found.get(own.absentId), null, 'an unknown id is null')
    const truth = await scene.truth()
    for (const id of ids) {
      const record = found.get(id)
      assert(record && record.id === id && record.state === 'live', `${id} was not read`)
      assert(Number.isInteger(record.modifiedAt) && record.modifiedText !== null, 'it has a modification time')
      const fields = kind.decode(record)
      for (const name of Object.keys(own.sample(0)))
        assert(same(fields[name], truth.get(id)?.[name]), `${name} of ${id} is not what the vendor holds`)
    }
    assert.equal((await connection.read(stream, [], signal)).size, 0)
  }),

  streamLaw('deletes are seen', 'safety', async (scene) => {
    const { connection, kind, own, remote, stream, signal } = scene
    const [kept = '', doomed = ''] = await remote.plant(stream, [own.sample(0), own.sample(1)])
    await scene.settle()
    const cursor = kind.can.pull === true ? ((await pagesOf(connection.pull(stream, null, signal), 5)).at(-1)?.cursor ?? null) : null
    await remote.remove(stream, doomed)
    await scene.settle()
    const read = await connection.read(stream, [kept, doomed], signal)
    assert.equal(read.get(kept)?.state, 'live')
    assert(read.has(doomed) && read.get(doomed)?.state !== 'live', 'a read gives a deleted object out as alive')
    if (kind.can.pull === true) {
      const pulled = recordsOf(await pagesOf(connection.pull(stream, cursor, signal), 5)).filter((record) => record.id === doomed)
      assert(pulled.at(-1) === undefined || pulled.at(-1)?.state === 'deleted', 'a pull ends with a deleted object as alive')
    }
    if (kind.can.list === true) {
      const listed = recordsOf(await pagesOf(connection.list(stream, null, signal), 5)).map((record) => record.id)
      assert.deepEqual(listed, [kept], 'a list shows what lives')
    }
  }),

  streamLaw(
    'a merge is told from a delete',
    'manners',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      assert(remote.merge, 'the subject merges as a person does')
      const [winner = '', loser = ''] = await remote.plant(stream, [own.sample(0), own.sample(1)])
      await scene.settle()
      const cursor = kind.can.pull === true ? ((await pagesOf(connection.pull(stream, null, signal), 5)).at(-1)?.cursor ?? null) : null
      await remote.merge(stream, winner, loser)
      await scene.settle()
      const read = (await connection.read(stream, [loser], signal)).get(loser)
      const pulled =
        kind.can.pull === true
          ? recordsOf(await pagesOf(connection.pull(stream, cursor, signal), 5)).filter((record) => record.id === loser)
          : []
      const told = [read, ...pulled].filter((record) => record?.mergedInto !== undefined)
      assert(told.length > 0, 'nothing says that the loser was merged')
      assert(
        told.every((record) => record?.mergedInto === winner && record.state === 'deleted'),
        'it was merged into the winner',
      )
    },
    merges,
  ),

  streamLaw(
    'find is exact, whatever the value holds',
    'safety',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      assert(own.findable && own.findable.values.length >= 3, 'the subject names hard values')
      const { field, values } = own.findable
      const ids = await remote.plant(
        stream,
        values.map((value, n) => ({ ...own.sample(n), [field]: value })),
      )
      await scene.settle()
      const nowhere = 'no-such-value-anywhere@example.com'
      // One place of each call is for a value that is nowhere, where a call takes more than one.
      const step = Math.max(1, kind.can.batch.find - 1)
      for (let from = 0; from < values.length; from += step) {
        const asked = values.slice(from, from + step)
        const found = await connection.find(stream, field, kind.can.batch.find > 1 ? [...asked, nowhere] : asked, signal)
        for (const [i, value] of asked.entries()) {
          assert.deepEqual(
            found.get(value)?.map((record) => record.id),
            [ids[from + i]],
            `find ${JSON.stringify(value)}`,
          )
        }
        assert.deepEqual(found.get(nowhere) ?? [], [], 'what is not there is not found')
      }
    },
    finds,
  ),

  streamLaw(
    'a full find fits into what is declared',
    'manners',
    async (scene) => {
      const { connection, kind, own, remote, stream, signal } = scene
      assert(own.findable, 'the subject names a field')
      const { field } = own.findable
      const rows = Array.from({ length: kind.can.batch.find }, (_, i) => own.sample(i))
      const ids = await remote.plant(stream, rows)
      await scene.settle()
      const found = await connection.find(
        stream,
        field,
        rows.map((row) => String(row[field])),
        signal,
      )
      assert.deepEqual(
        rows.map((row) => found.get(String(row[field]))?.[0]?.id),
        ids,
      )
    },
    finds,
  ),

  streamLaw(
    'a create whose answer was lost is found by its record id, once',
    'safety',
    async (scene) => {
      const { connection, kind, own, stream, signal, subject } = scene
      const key = recordKey(kind) ?? assert.fail('no property holds the record id')
      await connection.check(signal)
      const lost = creates(scene, Math.min(2, kind.can.batch.write))
      await scene.play({ kind: 'dropAfter', match: subject.writeCalls.source, times: 1 })
      assertNext(await connection.write(stream, lost, signal), lost.length, 'unknown')
      // What is upserted must be seen at once, what is only marked when its effect has had time to show.
      if (typeof kind.can.upsertBy !== 'string') await sleep(Math.min(kind.can.visibilityMs, 10_000))
      const found = await connection.find(stream, key, [recordIdOf(0), recordIdOf(1), recordIdOf(2)], signal)
      for (const n of lost.keys()) {
        const [record, ...more] = found.get(recordIdOf(n)) ?? []
        assert(record && more.length === 0, `record ${n} was found ${record ? 'more than once' : 'nowhere'}`)
        assert(holds(kind.decode(record), own.sample(n)), 'with its fields')
      }
      assert.deepEqual(found.get(recordIdOf(2)) ?? [], [], 'what was never created is not found')
    },
    ({ kind }) => kind.can.write === true && kind.can.find === true && recordKey(kind) !== undefined,
  ),
]

/** The property by which a create in doubt is looked up. */
function recordKey({ can }: Pick<Stream, 'can'>): string | undefined {
  return typeof can.upsertBy === 'string' ? can.upsertBy : can.markedBy
}

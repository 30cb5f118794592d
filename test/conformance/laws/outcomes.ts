import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { VendorError } from '@throughline/sdk'
import { streamLaw, type StreamLaw } from '../law.ts'
import { assertNext, pagesOf, promptly, type Scene, until } from '../scene.ts'
import { operations } from './operations.ts'

const writes: StreamLaw['applies'] = ({ kind }) => kind.can.write === true

/** A call that ends in a VendorError, which it answers. Anything else thrown, or no error at all, breaks the law. */
export async function vendorError(what: string, call: () => Promise<unknown>): Promise<VendorError> {
  try {
    await call()
  } catch (error) {
    assert(error instanceof VendorError, `${what} threw ${String(error)}, not a VendorError`)
    return error
  }
  return assert.fail(`${what} answered as if nothing were wrong`)
}

/** Every reading call the stream declares, by name. */
export function readings(scene: Scene): Record<string, () => Promise<unknown>> {
  const { connection, kind, own, stream, signal } = scene
  const findable = own.findable
  return {
    read: () => connection.read(stream, [own.absentId], signal),
    ...(kind.can.list === true && { list: () => pagesOf(connection.list(stream, null, signal), 5) }),
    ...(kind.can.pull === true && { pull: () => pagesOf(connection.pull(stream, null, signal), 5) }),
    ...(kind.can.find === true && findable && { find: () => connection.find(stream, findable.field, findable.values.slice(0, 1), signal) }),
  }
}

export const outcomeLaws: readonly StreamLaw[] = [
  ...(['dropAfter', 'dropBefore'] as const).map((kind) =>
    streamLaw(
      kind === 'dropAfter'
        ? 'a lost answer is unknown, and a retry makes no duplicate'
        : 'a connection that broke before the effect is unknown, and a retry loses nothing',
      'safety',
      async (scene) => {
        const { connection, stream, signal, subject } = scene
        await connection.check(signal)
        for (const { name, deliveries, repeatable, landed } of await operations(scene, 3)) {
          await scene.play({ kind, match: subject.writeCalls.source, times: 1 })
          assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'unknown')
          assert.equal(landed(await scene.truth()), kind === 'dropAfter' ? deliveries.length : 0, `the ${name} was sent exactly once`)
          if (!repeatable) continue
          assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'done')
          assert.equal(landed(await scene.truth()), deliveries.length, `the ${name} has one effect`)
        }
      },
      writes,
    ),
  ),

  streamLaw(
    'an aborted write that may have landed is unknown, and at once',
    'safety',
    async (scene) => {
      const { connection, stream, signal, subject } = scene
      await connection.check(signal)
      for (const { name, deliveries, landed } of await operations(scene, 3)) {
        await scene.play({ kind: 'stallAfter', match: subject.writeCalls.source, times: 1, ms: 8_000 })
        const abort = new AbortController()
        const results = connection.write(stream, deliveries, abort.signal)
        await until(`the effect of the stalled ${name}`, async () => landed(await scene.truth()) === deliveries.length)
        abort.abort()
        assertNext(await promptly(`an aborted ${name}`, 2_000, results), deliveries.length, 'unknown')
      }
    },
    writes,
  ),

  streamLaw(
    'a write whose signal is aborted already sends nothing',
    'manners',
    async (scene) => {
      const { connection, stream } = scene
      for (const { name, deliveries, landed } of await operations(scene, 3)) {
        const results = await promptly(`an aborted ${name}`, 2_000, connection.write(stream, deliveries, AbortSignal.abort()))
        assertNext(results, deliveries.length, 'retry', 'unknown')
        assert.equal(landed(await scene.truth()), 0, `the ${name} was sent all the same`)
      }
    },
    writes,
  ),

  streamLaw(
    'a refused connection is a retry, for nothing was sent',
    'manners',
    async (scene) => {
      const { own, stream, signal, subject } = scene
      const ready = await operations(scene, 3)
      const gone = await subject.start()
      await gone.close()
      // Sockets that were open to it must be seen closed first: a write into one of those may have landed.
      await sleep(50)
      const connection = scene.reconnect(gone.config)
      for (const { deliveries } of ready) assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'retry')
      const error = await vendorError('read', () => connection.read(stream, [own.absentId], signal))
      assert.equal(error.next, 'retry')
    },
    writes,
  ),

  ...[500, 502, 503, 504].map((status) =>
    streamLaw(
      `an answer ${status} is neither success nor rejection, and is not repeated by the connector`,
      'safety',
      async (scene) => {
        const { connection, stream, signal, subject } = scene
        await connection.check(signal)
        for (const { name, deliveries, landed } of await operations(scene, 3)) {
          await scene.play({ kind: 'status', status, match: subject.writeCalls.source, times: 3 })
          const before = (await scene.calls()).writes
          assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'retry', 'unknown')
          assert.equal((await scene.calls()).writes - before, 1, `calls for one ${name}`)
          assert.equal(landed(await scene.truth()), 0)
          await scene.play()
        }
        await scene.play({ kind: 'status', status })
        for (const [name, call] of Object.entries(readings(scene))) {
          assert.equal((await vendorError(name, call)).next, 'retry', `${name} during an outage`)
        }
      },
      writes,
    ),
  ),

  streamLaw("an answer that is not the vendor's is neither success nor absence", 'safety', async (scene) => {
    const { connection, stream, signal, subject } = scene
    await connection.check(signal)
    for (const { deliveries } of await operations(scene, 3)) {
      await scene.play({ kind: 'garbage', match: subject.writeCalls.source, times: 1 })
      assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'unknown')
    }
    await scene.play({ kind: 'garbage' })
    for (const [name, call] of Object.entries(readings(scene))) await vendorError(name, call)
  }),

  streamLaw('credentials that no longer work stop the stream and reject nothing', 'safety', async (scene) => {
    const { connection, stream, signal } = scene
    const ready = await operations(scene, 2)
    await connection.check(signal)
    await scene.play({ kind: 'status', status: 401 })
    for (const { deliveries } of ready) assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'retry')
    for (const [name, call] of Object.entries(readings(scene))) assert.equal((await vendorError(name, call)).next, 'unauthorised', name)
    const health = await connection.check(signal).catch((error: unknown) => error)
    assert(health instanceof VendorError ? health.next === 'unauthorised' : (health as { ok: boolean }).ok === false, 'check says so too')
  }),

  streamLaw('limit answers are recognised, use up nothing, and keep their time', 'safety', async (scene) => {
    const { connection, remote, stream, signal, subject } = scene
    assert(subject.limits.length > 0, 'the subject says how its vendor limits')
    await connection.check(signal)
    const ready = await operations(scene, 2)
    for (const { what, answer, waitMs } of subject.limits) {
      const rightTime = (at: number | undefined, since: number): boolean => {
        if (waitMs === null) return true
        return at !== undefined && at >= since + waitMs - 1_000 && at <= remote.now() + waitMs + 1_000
      }
      await scene.play({ kind: 'status', ...answer })
      for (const { deliveries } of ready) {
        const since = remote.now()
        const results = await connection.write(stream, deliveries, signal)
        assertNext(results, deliveries.length, 'retry')
        for (const result of results) {
          assert(result.next === 'retry' && result.limited === true, `${what} is not seen as a limit`)
          assert(rightTime(result.at, since), `${what}: the vendor's time was not kept (${result.at})`)
        }
      }
      for (const [name, call] of Object.entries(readings(scene))) {
        const since = remote.now()
        const error = await vendorError(name, call)
        assert.equal(error.next, 'limited', `${name} under ${what}`)
        assert(rightTime(error.at, since), `${name} under ${what}: the vendor's time was not kept (${error.at})`)
      }
    }
    await scene.play()
    for (const { deliveries } of ready) assertNext(await connection.write(stream, deliveries, signal), deliveries.length, 'done')
  }),

  streamLaw('an aborted reading rejects promptly', 'manners', async (scene) => {
    const { connection, own, stream, signal } = scene
    await connection.check(signal)
    await scene.play({ kind: 'delay', ms: 8_000 })
    const abort = new AbortController()
    const reading = connection.read(stream, [own.absentId], abort.signal)
    setTimeout(() => abort.abort(), 50)
    const outcome = await promptly(
      'an aborted read',
      2_000,
      reading.then(
        () => 'answered',
        () => 'rejected',
      ),
    )
    assert.equal(outcome, 'rejected')
    await assert.rejects(promptly('a read aborted before', 2_000, connection.read(stream, [own.absentId], AbortSignal.abort())))
  }),
]

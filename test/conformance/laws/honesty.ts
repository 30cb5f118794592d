import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ability } from '@throughline/sdk'
import { streamLaw, type StreamLaw } from '../law.ts'
import { creates, pagesOf } from '../scene.ts'
import { readings } from './outcomes.ts'

/** A sentence: some words, a capital first, a full stop last. */
export function isSentence(text: string): boolean {
  return /^\p{Lu}.*\.$/su.test(text) && text.trim().split(/\s+/).length >= 4
}

/** Values of the configuration whose schema marks them `writeOnly`. */
function secretsOf(schema: object, config: unknown): string[] {
  const members =
    'properties' in schema && typeof schema.properties === 'object' && schema.properties !== null ? Object.entries(schema.properties) : []
  return members.flatMap(([name, member]: [string, unknown]) => {
    const value = (config as Readonly<Record<string, unknown>>)[name]
    if (typeof member !== 'object' || member === null || value === undefined) return []
    if ('writeOnly' in member && member.writeOnly === true) return [String(value)]
    return typeof value === 'object' && value !== null ? secretsOf(member, value) : []
  })
}

export const honestyLaws: readonly StreamLaw[] = [
  streamLaw('what it cannot do, it says in a sentence; what it can, its limits say how much', 'manners', async ({ kind, connection }) => {
    const { batch, visibilityMs, upsertBy, ...rest } = kind.can
    const { webhook, pull, list, find, write, delete: remove, merge, versionCheck } = rest
    const abilities: Record<string, Ability | string> = { webhook, pull, list, find, write, delete: remove, merge, versionCheck, upsertBy }
    for (const [name, ability] of Object.entries(abilities)) {
      if (typeof ability === 'object') assert(isSentence(ability.because), `${name}: "${ability.because}" is no sentence`)
    }
    for (const [name, size] of Object.entries(batch)) assert(Number.isInteger(size) && size >= 1, `batch.${name} is ${size}`)
    assert(Number.isFinite(visibilityMs) && visibilityMs >= 0)
    if (webhook === true) assert(connection.accept, 'webhook: true without `accept`')
  }),

  streamLaw('connect sends nothing, and check writes nothing and takes few calls', 'manners', async (scene) => {
    const before = await scene.calls()
    const connection = scene.reconnect()
    await sleep(20)
    assert.deepEqual(await scene.calls(), before, 'connect alone has called the vendor')
    const health = await connection.check(scene.signal)
    assert(health.ok && health.account !== '', 'check names the account')
    const after = await scene.calls()
    assert.equal(after.writes, before.writes)
    const few = 2 + 2 * Object.keys(scene.subject.connector.streams).length
    assert(after.reads - before.reads <= few, `check took ${after.reads - before.reads} calls`)
  }),

  streamLaw('no secret leaves in a log line, an error or an exchange', 'safety', async (scene) => {
    const { connection, kind, remote, stream, signal, subject } = scene
    const secrets = secretsOf(subject.connector.configSchema, remote.config)
    assert(secrets.length > 0, 'the configuration schema marks its secrets `writeOnly`')
    const said: string[] = []
    for (const status of [200, 401, 429, 500]) {
      await scene.play(...(status === 200 ? [] : [{ kind: 'status', status } as const]))
      if (kind.can.write === true) {
        const results = await connection.write(stream, creates(scene, 1, status), signal)
        said.push(JSON.stringify(results.map((result) => [result.exchange, 'why' in result ? result.why : ''])))
      }
      for (const call of Object.values(readings(scene))) {
        await call().catch((error: unknown) => said.push(`${String(error)} ${error instanceof Error ? JSON.stringify(error) : ''}`))
      }
    }
    for (const secret of secrets) assert(![...said, ...scene.logged].some((text) => text.includes(secret)), 'a secret was said')
  }),

  streamLaw(
    'the exchange shows what went over the wire',
    'manners',
    async (scene) => {
      const { connection, own, stream, signal } = scene
      const [good] = creates(scene, 1)
      assert(good)
      const bad = { ...creates(scene, 1, 1)[0]!, patch: { ...own.sample(1), ...own.refused } }
      for (const delivery of [good, bad]) {
        const [result] = await connection.write(stream, [delivery], signal)
        assert(result)
        const { method, path, request, status, answer } = result.exchange
        assert(method !== '' && path.startsWith('/') && typeof status === 'number', 'method, path and status')
        assert(
          request.includes(delivery.recordId) || Object.values(delivery.patch).some((value) => request.includes(String(value))),
          'the request',
        )
        assert(answer !== '', 'the answer')
      }
    },
    ({ kind }) => kind.can.write === true,
  ),

  streamLaw('an empty vendor is read as empty', 'manners', async (scene) => {
    const { connection, kind, stream, signal } = scene
    if (kind.can.list === true)
      assert.deepEqual(
        (await pagesOf(connection.list(stream, null, signal), 3)).flatMap((page) => page.records),
        [],
      )
    if (kind.can.pull === true)
      assert.deepEqual(
        (await pagesOf(connection.pull(stream, null, signal), 3)).flatMap((page) => page.records),
        [],
      )
  }),
]

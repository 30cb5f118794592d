import assert from 'node:assert/strict'
import { Refused, type Connection, type RawRequest, type RawSignal } from '@throughline/sdk'
import { streamLaw, type StreamLaw } from '../law.ts'
import type { Scene } from '../scene.ts'
import { isSentence } from './honesty.ts'
import type { WebhookChange } from '../subject.ts'

const hooks: StreamLaw['applies'] = ({ kind }) => kind.can.webhook === true

interface Hooks {
  accept(request: RawRequest): ReturnType<NonNullable<Connection['accept']>>
  /** A request signed for `at`; as many changes of the scene's stream as one holds, numbered 0, 1, … */
  signed(count?: number, options?: { at?: number; attempt?: number }): RawRequest
  /** The same changes in as many requests as the vendor takes for them. */
  all(count: number, options?: { at?: number; attempt?: number }): RawRequest[]
  changes(count: number): WebhookChange[]
}

function hooksOf(scene: Scene): Hooks {
  const { connection, remote, stream, subject } = scene
  const { accept } = connection
  const { webhook } = subject
  assert(accept && webhook, 'a stream with webhooks has an `accept` and a subject that signs')
  const changes = (count: number): WebhookChange[] =>
    Array.from({ length: count }, (_, n) => ({ stream, id: scene.own.absentId, type: n === 0 ? 'created' : 'changed', n }))
  const sign = (some: WebhookChange[], { at = remote.now(), attempt = 0 } = {}) =>
    webhook.sign(remote.config, webhook.body(some, attempt), at)
  return {
    accept: (request) => accept(request),
    changes,
    signed: (count = 3, options = {}) => sign(changes(webhook.single ? 1 : count), options),
    all: (count, options = {}) =>
      webhook.single ? changes(count).map((change) => sign([change], options)) : [sign(changes(count), options)],
  }
}

async function acceptAll({ accept }: Hooks, requests: readonly RawRequest[]): Promise<RawSignal[]> {
  return (await Promise.all(requests.map((request) => accept(request)))).flat()
}

async function refused(what: string, reason: Refused['reason'] | 'any', answer: Promise<unknown>): Promise<void> {
  const outcome = await answer.then(
    () => null,
    (error: unknown) => error,
  )
  assert(outcome !== null, `${what} was accepted`)
  assert(outcome instanceof Refused, `${what} threw ${String(outcome)}, not Refused`)
  if (reason !== 'any') assert.equal(outcome.reason, reason, what)
}

export const webhookLaws: readonly StreamLaw[] = [
  streamLaw(
    'a signed webhook is accepted and split, without the network',
    'safety',
    async (scene) => {
      const hooked = hooksOf(scene)
      const before = await scene.calls()
      const signals = await acceptAll(hooked, hooked.all(3))
      assert.equal(signals.length, 3)
      for (const signal of signals) {
        assert.deepEqual(signal.subject, { stream: scene.stream, externalId: scene.own.absentId })
        assert(signal.id !== '' && JSON.parse(signal.body) !== undefined)
      }
      assert.deepEqual(
        signals.map((signal) => signal.type),
        ['created', 'changed', 'changed'],
      )
      assert.equal(new Set(signals.map((signal) => signal.id)).size, 3, 'different changes have different ids')
      assert.deepEqual(await scene.calls(), before, 'accept stays off the network')
    },
    hooks,
  ),

  streamLaw(
    'a redelivery keeps its ids, on whichever batch it comes',
    'safety',
    async (scene) => {
      const hooked = hooksOf(scene)
      const { accept, changes } = hooked
      const { remote, subject } = scene
      const first = await acceptAll(hooked, hooked.all(3))
      const again = await acceptAll(hooked, hooked.all(3, { attempt: 1, at: remote.now() + 1_000 }))
      assert.deepEqual(
        again.map((signal) => signal.id),
        first.map((signal) => signal.id),
      )
      const alone = subject.webhook!.sign(remote.config, subject.webhook!.body(changes(3).slice(1, 2), 2), remote.now())
      assert.equal((await accept(alone))[0]?.id, first[1]?.id, 'an item redelivered alone')
    },
    hooks,
  ),

  streamLaw(
    'an altered byte fails verification',
    'safety',
    async (scene) => {
      const { accept, signed } = hooksOf(scene)
      const request = signed(2)
      await accept(request)
      for (let i = 0; i < request.body.length; i++) {
        const body = Uint8Array.from(request.body)
        body[i] = (body[i] ?? 0) ^ (1 << (i % 8))
        await refused(`byte ${i} altered`, 'unsigned', accept({ ...request, body }))
      }
      await refused('a byte more', 'unsigned', accept({ ...request, body: Uint8Array.from([...request.body, 32]) }))
      await refused('a byte less', 'unsigned', accept({ ...request, body: request.body.slice(0, -1) }))
      await refused('no body', 'unsigned', accept({ ...request, body: new Uint8Array() }))
    },
    hooks,
  ),

  streamLaw(
    'a missing, truncated or foreign signature is refused',
    'safety',
    async (scene) => {
      const { accept, signed } = hooksOf(scene)
      const { remote, subject } = scene
      const { signatureHeader, otherSecret } = subject.webhook!
      const request = signed(1)
      const signature = request.headers[signatureHeader] ?? assert.fail(`no header ${signatureHeader}`)
      const without = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== signatureHeader))
      await refused('no signature', 'unsigned', accept({ ...request, headers: without }))
      await refused('no headers', 'any', accept({ ...request, headers: {} }))
      for (let length = 0; length < signature.length; length++) {
        const headers = { ...request.headers, [signatureHeader]: signature.slice(0, length) }
        await refused(`a signature of ${length} characters`, 'unsigned', accept({ ...request, headers }))
      }
      await refused(
        'a longer signature',
        'unsigned',
        accept({ ...request, headers: { ...request.headers, [signatureHeader]: `${signature}A` } }),
      )
      const foreign = scene.reconnect(otherSecret(remote.config))
      await refused("another connection's signature", 'unsigned', foreign.accept!(request))
    },
    hooks,
  ),

  streamLaw(
    'a signature outside the replay window is stale',
    'safety',
    async (scene) => {
      const { accept, signed } = hooksOf(scene)
      const { remote, subject } = scene
      const { toleranceMs } = subject.webhook!
      if (typeof toleranceMs === 'object') return assert(isSentence(toleranceMs.because), `"${toleranceMs.because}" is no sentence`)
      await accept(signed(1, { at: remote.now() - toleranceMs + 5_000 }))
      await refused('an old webhook', 'stale', accept(signed(1, { at: remote.now() - toleranceMs - 60_000 })))
      await refused('a webhook of the future', 'stale', accept(signed(1, { at: remote.now() + toleranceMs + 60_000 })))
    },
    hooks,
  ),

  streamLaw(
    'an item that cannot be understood does not take its neighbours along',
    'safety',
    async (scene) => {
      const { accept, changes } = hooksOf(scene)
      const { remote, subject } = scene
      const { sign, brokenBody } = subject.webhook!
      const signals = await accept(sign(remote.config, brokenBody(changes(1)[0]!), remote.now()))
      const neighbours = subject.webhook!.single ? 0 : 1
      assert.equal(signals.length, 1 + neighbours)
      const good = signals.filter((signal) => signal.subject !== null)
      const [broken] = signals.filter((signal) => signal.subject === null)
      assert.equal(good.length, neighbours)
      assert(broken?.type === 'unreadable' && (broken.why ?? '').length > 10, 'it says why')
      assert.notEqual(broken.id, good[0]?.id)
    },
    hooks,
  ),

  streamLaw(
    'a well signed body that is not what the vendor sends is malformed',
    'manners',
    async (scene) => {
      const { accept } = hooksOf(scene)
      for (const body of ['', '{', 'true', '<html>']) {
        await refused(JSON.stringify(body), 'malformed', accept(scene.subject.webhook!.sign(scene.remote.config, body, scene.remote.now())))
      }
    },
    hooks,
  ),
]

import { expect, test } from 'vitest'
import { salesforce } from './index.ts'
import { createOf, serveConnected } from './sandbox/connect.ts'
import { makeId } from './sandbox/ids.ts'
import { HUB_USER } from './sandbox/index.ts'
import { share } from './share.ts'

const ABSENT = makeId('003', 61)
const served = () => serveConnected(salesforce)
const grants = async ({ raw }: Awaited<ReturnType<typeof served>>) =>
  (await raw.admin<{ grants: number }>('state', { records: false })).grants

test('an expired session is renewed once under twenty concurrent calls, and nobody notices', async () => {
  await using it = await served()
  await it.connection.check(it.signal)
  const before = await grants(it)
  await it.raw.admin('expire')
  await it.raw.play({ kind: 'delay', ms: 30, match: 'oauth2/token' })
  const calls = Array.from({ length: 20 }, (_, n) =>
    n % 2 === 0 ? it.connection.read('contacts', [ABSENT], it.signal) : it.connection.write('contacts', [createOf(n)], it.signal),
  )
  const results = await Promise.all(calls)
  expect(results.flatMap((result) => ('map' in result ? result.map((one) => one.next) : []))).toEqual(
    Array.from({ length: 10 }, () => 'done'),
  )
  expect((await grants(it)) - before).toBe(1)
})

test('a session that is refused again and again is renewed once per call, then said to be unauthorised', async () => {
  await using it = await served()
  await it.connection.check(it.signal)
  const before = await grants(it)
  await it.raw.play({ kind: 'status', status: 401, match: 'services/data' })
  await expect(it.connection.read('contacts', [ABSENT], it.signal)).rejects.toMatchObject({ next: 'unauthorised' })
  expect((await grants(it)) - before).toBe(1)
  const [result] = await it.connection.write('contacts', [createOf(0)], it.signal)
  expect(result).toMatchObject({ next: 'retry' })
  expect(result).not.toHaveProperty('limited')
})

test('wrong credentials: check says so, calls are unauthorised, writes wait', async () => {
  await using it = await served()
  const connection = it.connect({ clientSecret: 'wrong' })
  expect(await connection.check(it.signal)).toMatchObject({
    ok: false,
    why: expect.stringContaining('invalid_client'),
    remedy: expect.stringContaining('External Client App'),
  })
  await expect(connection.find('contacts', 'Email', ['a@x.example'], it.signal)).rejects.toMatchObject({ next: 'unauthorised' })
  expect(await connection.write('contacts', [createOf(0)], it.signal)).toMatchObject([{ next: 'retry' }])
  expect(it.sandbox.calls.writes).toBe(0)
})

test('check names the org and the user, with one call beside the log-in', async () => {
  await using it = await served()
  expect(await it.connection.check(it.signal)).toEqual({ ok: true, account: `${new URL(it.url).host}, user ${HUB_USER}` })
  expect(it.sandbox.calls).toMatchObject({ reads: 2, writes: 0 })
})

test('a given access token works, learns its own user, and is not renewed', async () => {
  await using it = await served()
  const accessToken = await it.raw.logIn('throughline')
  const connection = it.connect({ clientId: undefined, clientSecret: undefined, accessToken })
  const results = await connection.write('contacts', [createOf(0)], it.signal)
  expect(results).toMatchObject([{ next: 'done', receipt: { raw: { actor: HUB_USER } } }])
  await it.raw.admin('expire')
  await expect(connection.read('contacts', [ABSENT], it.signal)).rejects.toMatchObject({ next: 'unauthorised' })
})

test('an outage of the log-in is a retry', async () => {
  await using it = await served()
  await it.raw.play({ kind: 'status', status: 500, match: 'oauth2' })
  await expect(it.connection.check(it.signal)).rejects.toMatchObject({ next: 'retry' })
  await it.raw.play({ kind: 'dropBefore', match: 'oauth2' })
  expect(await it.connection.write('contacts', [createOf(0)], it.signal)).toMatchObject([{ next: 'retry' }])
})

test('a log-in that never answers is given up with the last who waits, and asked anew by the next', async () => {
  let runs = 0
  const stopped: string[] = []
  const shared = share(
    (signal) =>
      new Promise<number>((resolve, reject) => {
        runs += 1
        if (runs === 2) resolve(runs)
        signal.addEventListener('abort', () => {
          stopped.push('stopped')
          reject(new Error('given up'))
        })
      }),
  )
  const [one, two] = [new AbortController(), new AbortController()]
  const first = shared(one.signal)
  const second = shared(two.signal)
  one.abort(new Error('one left'))
  await expect(first).rejects.toThrow('one left')
  expect(stopped).toEqual([])
  two.abort(new Error('two left'))
  await expect(second).rejects.toThrow('two left')
  expect([runs, stopped]).toEqual([1, ['stopped']])
  expect(await shared(new AbortController().signal)).toBe(2)
})

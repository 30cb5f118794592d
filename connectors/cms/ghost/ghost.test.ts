import { createHmac } from 'node:crypto'
import { VendorError } from '@throughline/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GHOST_KEY, GHOST_WEBHOOK_SECRET, serveGhost, type GhostSandbox } from '../sandbox/index.ts'
import { creating, deleting, gather, ioOf, listener, live, lying, page, updating } from '../shared/testing.ts'
import { ghost } from './index.ts'
import { adminToken } from './token.ts'

let sandbox: GhostSandbox
const config = () => ({ url: sandbox.url, adminKey: GHOST_KEY, webhookSecret: GHOST_WEBHOOK_SECRET })
const connect = (io = ioOf()) => ghost.connect(config(), io)
const stream = ghost.streams['articles']!
const plant = (fields: object, at = Date.now() - 60_000) => sandbox.store.create({ title: 'Hello', ...fields }, at)
const names = (id: string) => sandbox.store.posts.get(id)!.tags.map((tag) => tag.name)

beforeEach(async () => {
  sandbox = await serveGhost(0)
})
afterEach(() => sandbox.close())

it('signs in with a token of its own for each call, good for less than five minutes', () => {
  const [head, claims, signature] = adminToken('abc:00ff', 1_790_000_000_999).split('.')
  const read = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as object
  expect(read(head)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'abc' })
  expect(read(claims)).toEqual({ iat: 1_790_000_000, exp: 1_790_000_240, aud: '/admin/' })
  expect(signature).toBe(createHmac('sha256', Buffer.from('00ff', 'hex')).update(`${head}.${claims}`).digest('base64url'))
})

describe('tags', () => {
  it('carry the campaign, and leave the others where they are', async () => {
    const { id } = plant({ tags: [{ name: 'News' }, { name: '#campaign Winter' }, { name: '#internal' }] })
    await connect().write('articles', [updating(id, { campaign: 'Spring' })], live())
    expect(names(id)).toEqual(['News', '#internal', '#campaign Spring'])
    const record = (await connect().read('articles', [id], live())).get(id)!
    expect(stream.decode(record)['campaign']).toBe('Spring')
    await connect().write('articles', [updating(id, { campaign: null })], live())
    expect(names(id)).toEqual(['News', '#internal'])
  })

  it('are left alone by a write that does not mention the campaign', async () => {
    const { id, updated_at } = plant({ tags: [{ name: 'News' }] })
    expect(await connect().write('articles', [updating(id, { title: 'Bye' }, updated_at)], live())).toMatchObject([{ next: 'done' }])
    expect(names(id)).toEqual(['News'])
    // No look before: the version is known.
    expect(sandbox.calls).toMatchObject({ reads: 0, writes: 1 })
  })

  it('mark what we created, so that a lost answer is found whatever became of the title and the address', async () => {
    plant({ slug: 'hello', title: 'Hello' })
    const [made] = await connect().write(
      'articles',
      [creating('0192F000-0000-7000-8000-000000000001', { title: 'Hello', slug: 'hello' })],
      live(),
    )
    const id = made?.next === 'done' ? made.receipt.externalId : ''
    expect(sandbox.store.posts.get(id)).toMatchObject({ slug: 'hello-2', status: 'draft' })
    sandbox.store.update(id, { title: 'Edited' }, sandbox.store.posts.get(id)?.updated_at, Date.now())
    const found = await connect().find('articles', 'throughlineId', ['0192F000-0000-7000-8000-000000000001', 'other'], live())
    expect([...found].map(([key, records]) => [key, records.map((record) => record.id)])).toEqual([
      ['0192F000-0000-7000-8000-000000000001', [id]],
      ['other', []],
    ])
  })
})

describe('versions', () => {
  it('a stale write is a conflict that shows what is there now, from the answer 409 alone', async () => {
    const { id, updated_at } = plant({})
    sandbox.store.update(id, { title: 'By a person' }, updated_at, Date.now())
    const [result] = await connect().write('articles', [updating(id, { title: 'By us' }, updated_at)], live())
    expect(result).toMatchObject({ next: 'conflict', exchange: { status: 409 }, current: { id } })
    expect(sandbox.store.posts.get(id)?.title).toBe('By a person')
  })

  it('a stale write of tags does not reach Ghost at all', async () => {
    const { id, updated_at } = plant({})
    sandbox.store.update(id, { title: 'By a person' }, updated_at, Date.now())
    const [result] = await connect().write('articles', [updating(id, { campaign: 'Spring' }, updated_at)], live())
    expect(result).toMatchObject({ next: 'conflict', current: { id } })
    expect(sandbox.calls.writes).toBe(0)
  })

  it('a version in another spelling of the same moment is the same', async () => {
    const { id, updated_at } = plant({})
    const spelt = new Date(updated_at).toISOString().replace('.000Z', '+00:00')
    expect(await connect().write('articles', [updating(id, { title: 'x', campaign: 'y' }, spelt)], live())).toMatchObject([
      { next: 'done' },
    ])
  })

  it('what is gone is done for a delete and a conflict for an update', async () => {
    const { id, updated_at } = plant({})
    const deliveries = [deleting(id), deleting(id), updating(id, { title: 'x' }), updating(id, { title: 'x' }, updated_at)]
    const gone = { next: 'conflict', current: { state: 'deleted' } }
    expect(await connect().write('articles', deliveries, live())).toMatchObject([{ next: 'done' }, { next: 'done' }, gone, gone])
  })

  it('members that Ghost makes itself are refused before anything is sent', async () => {
    const { id } = plant({})
    for (const name of ['url', 'updated_at', 'id']) {
      expect(await connect().write('articles', [updating(id, { [name]: 'x' })], live())).toMatchObject([{ next: 'reject' }])
    }
    expect(sandbox.calls).toMatchObject({ reads: 0, writes: 0 })
  })
})

describe('a Ghost that lies', () => {
  const id = (n: number) => String(n).padStart(24, '0')
  const post = (n: number) => ({ id: id(n), title: 'x', updated_at: '2026-11-20T12:00:00.000Z', tags: [] })
  const full = (from: number) => ({ posts: Array.from({ length: 100 }, (_, n) => post(from + n)), meta: {} })
  const on = (io: ReturnType<typeof ioOf>) => ghost.connect({ url: 'http://127.0.0.1:1', adminKey: GHOST_KEY, webhookSecret: 's' }, io)

  it('and repeats pages, or goes round in circles, is stopped with an error', async () => {
    for (const answer of [() => full(0), (_url: URL, n: number) => full(n % 2 === 0 ? 100 : 0)]) {
      const readings = [
        (io: ReturnType<typeof ioOf>) => gather(on(io).list('articles', null, live())),
        (io: ReturnType<typeof ioOf>) => gather(on(io).pull('articles', null, live())),
        (io: ReturnType<typeof ioOf>) => on(io).find('articles', 'title', ['x'], live()),
      ]
      for (const read of readings) {
        const { io, asked } = lying(answer)
        await expect(read(io)).rejects.toBeInstanceOf(VendorError)
        expect(asked()).toBeLessThan(10)
      }
    }
  })

  it('and answers 200 with a page is a matter of credentials, never of absence', async () => {
    await expect(on(lying(page).io).read('articles', [id(1)], live())).rejects.toMatchObject({ next: 'unauthorised' })
    await expect(gather(on(lying(page).io).list('articles', null, live()))).rejects.toMatchObject({ next: 'unauthorised' })
  })

  it('and answers fewer, more or in another order is read by id', async () => {
    const { io } = lying(() => ({ posts: [post(3), post(9), post(1)] }))
    const found = await on(io).read('articles', [id(1), id(2), id(3)], live())
    expect([...found.values()].map((record) => record?.id ?? null)).toEqual([id(1), null, id(3)])
  })

  it('and confirms a write with another post leaves it unknown', async () => {
    const { io } = lying(() => ({ posts: [post(2)] }))
    expect(await on(io).write('articles', [updating(id(1), { title: 'x' }, '2026-11-20T12:00:00.000Z')], live())).toMatchObject([
      { next: 'unknown' },
    ])
  })

  it('and is asked about ids that are none of its kind is not asked', async () => {
    const { io, asked } = lying(() => full(0))
    expect(await on(io).read('articles', [`'],status:'draft`, ''], live())).toEqual(
      new Map([
        [`'],status:'draft`, null],
        ['', null],
      ]),
    )
    expect(asked()).toBe(0)
  })
})

it('webhooks of the sandbox verify, and a 410 makes Ghost forget them', async () => {
  const target = await listener(410)
  sandbox.webhooks.settings({ target: target.url })
  const { id } = plant({})
  await expect.poll(() => sandbox.webhooks.settings().gone).toBe(1)
  await target.close()
  const [got] = target.got
  const request = { method: 'POST', url: target.url, headers: got!.headers, body: Buffer.from(got!.body), receivedAt: Date.now() }
  expect(await connect().accept!(request)).toMatchObject([{ type: 'created', subject: { externalId: id } }])
  expect(sandbox.webhooks.settings().target).toBeNull()
})

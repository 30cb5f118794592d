import { VendorError } from '@throughline/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hubspot } from './index.ts'
import { type HubspotSandbox, serveHubspot } from './sandbox/index.ts'
import { connectTo, gather, live } from './testing.ts'

let sandbox: HubspotSandbox
const make = (properties: Record<string, string>) => sandbox.store.create('contacts', properties, sandbox.human)

beforeAll(async () => {
  sandbox = await serveHubspot(0, {
    settings: { indexLagMs: 0 },
    tokens: [
      { token: 'hub-token', changeSource: 'INTEGRATION', sourceId: '1' },
      { token: 'poor-token', changeSource: 'INTEGRATION', sourceId: '2', scopes: ['crm.objects.contacts.read'] },
    ],
  })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
  sandbox.faults.set([])
})

describe('read', () => {
  it('tells the living, the archived, the merged and the unknown apart', async () => {
    const [a, b, c, d] = [
      make({ email: 'a@b.example' }),
      make({ email: 'b@b.example' }),
      make({ email: 'c@b.example' }),
      make({ email: 'd@b.example' }),
    ]
    sandbox.store.archive('contacts', b.id, sandbox.human)
    sandbox.store.merge('contacts', a.id, c.id, sandbox.human)
    sandbox.store.merge('contacts', d.id, a.id, sandbox.human)
    const found = await connectTo(sandbox).read('contacts', [a.id, b.id, c.id, d.id, '777', d.id], live())
    expect([...found.keys()].toSorted()).toEqual(['777', a.id, b.id, c.id, d.id].toSorted())
    expect(found.get(d.id)).toMatchObject({ id: d.id, state: 'live', body: { properties: { email: 'd@b.example', firstname: null } } })
    expect(found.get(b.id)).toMatchObject({ id: b.id, state: 'deleted' })
    expect(found.get(b.id)).not.toHaveProperty('mergedInto')
    expect(found.get(a.id)).toMatchObject({ id: a.id, state: 'deleted', mergedInto: d.id })
    expect(found.get(c.id)).toMatchObject({ id: c.id, state: 'deleted', mergedInto: d.id })
    expect(found.get('777')).toBeNull()
  })

  it('reads 100 in one call, with the time of the vendor as number and as text, and members it does not know', async () => {
    sandbox.seed({ people: 100 })
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    const ids = [...sandbox.store.shelf('contacts').live.values()].map((version) => version.id)
    const found = await connectTo(sandbox).read('contacts', ids, live())
    expect(sandbox.calls.reads).toBe(1)
    for (const record of found.values()) {
      expect(Date.parse(record!.modifiedText!)).toBe(record!.modifiedAt)
      expect(record!.body).toMatchObject({ createdAt: expect.any(String), archived: false })
    }
  })
})

describe('find', () => {
  it('finds by e-mail in whatever spelling, by a further address, and by record id at once', async () => {
    sandbox.settings.indexLagMs = 60_000
    const a = make({ email: 'a@b.example', throughline_id: 'r1' })
    const b = make({ email: 'b@b.example' })
    sandbox.store.merge('contacts', a.id, b.id, sandbox.human)
    const connection = connectTo(sandbox)
    const found = await connection.find('contacts', 'email', [' A@B.example ', 'b@b.example', 'c@b.example', ''], live())
    expect([...found].map(([value, records]) => [value, records.map((record) => record.id)])).toEqual([
      [' A@B.example ', [a.id]],
      ['b@b.example', [a.id]],
      ['c@b.example', []],
      ['', []],
    ])
    expect((await connection.find('contacts', 'throughline_id', ['r1', 'r2'], live())).get('r1')).toMatchObject([{ id: a.id }])
  })

  it('finds by any other property through the search, all of several, within the size of a body', async () => {
    for (let index = 0; index < 250; index += 1)
      sandbox.store.plant('companies', { domain: 'shared.example', name: `N${index}` }, 1_000 + index)
    sandbox.store.plant('companies', { domain: 'only.example' }, 5_000)
    const values = Array.from({ length: 98 }, (_, index) => `a-rather-long-domain-name-number-${index}.example`)
    const found = await connectTo(sandbox).find('companies', 'domain', ['Shared.example', 'only.example', ...values], live())
    expect(found.get('Shared.example')).toHaveLength(250)
    expect(found.get('only.example')).toHaveLength(1)
    expect(found.get(values[0]!)).toEqual([])
  })
})

describe('list', () => {
  it('gives everything that lives, rising by numeric id, from any id on', async () => {
    sandbox.seed({ people: 321 })
    const connection = connectTo(sandbox)
    const all = await gather(connection.list('contacts', null, live()))
    const ids = all.records.map((record) => record.id)
    expect(ids).toEqual([...sandbox.store.shelf('contacts').live.values()].map((version) => version.id))
    expect(ids).toEqual(ids.toSorted((a, b) => hubspot.streams.contacts!.compareIds(a, b)))
    expect(ids).not.toEqual(ids.toSorted())
    expect([all.pages, all.cursor]).toEqual([4, ids.at(-1)])
    for (const from of [0, 99, 100, 320]) {
      const rest = await gather(connection.list('contacts', ids[from]!, live()))
      expect(rest.records.map((record) => record.id)).toEqual(ids.slice(from + 1))
    }
  })

  it('misses nobody when others are archived between two pages', async () => {
    sandbox.seed({ people: 250 })
    const ids = [...sandbox.store.shelf('contacts').live.values()].map((version) => version.id)
    const seen: string[] = []
    for await (const page of connectTo(sandbox).list('contacts', null, live())) {
      seen.push(...page.records.map((record) => record.id))
      if (seen.length === 100) for (const id of ids.slice(0, 30)) sandbox.store.archive('contacts', id, sandbox.human)
    }
    expect(seen).toEqual(ids)
  })

  it('refuses a list that turns back or repeats itself', async () => {
    const row = (id: string) => ({ id, properties: {}, updatedAt: '2026-01-01T00:00:00Z' })
    const listing = (body: unknown) => {
      sandbox.faults.set([{ kind: 'status', status: 200, body }])
      return gather(connectTo(sandbox).list('contacts', null, live()), 5)
    }
    await expect(listing({ results: [row('12'), row('9')] })).rejects.toMatchObject({ next: 'reject' })
    await expect(listing({ results: [row('12')], paging: { next: { after: '13' } } })).rejects.toMatchObject({ next: 'reject' })
  })
})

describe('errors', () => {
  const failing = async (fault: { status: number; headers?: Record<string, string>; body?: unknown }) => {
    sandbox.faults.set([{ kind: 'status', ...fault, times: 1 }])
    return connectTo(sandbox, {}, { now: () => 1_000_000 })
      .read('contacts', ['1'], live())
      .then(
        () => undefined,
        (error: unknown) => error,
      )
  }

  it.each([
    [{ status: 429 }, 'limited', undefined],
    [{ status: 429, headers: { 'retry-after': '3' } }, 'limited', 1_003_000],
    [{ status: 503 }, 'retry', undefined],
    [{ status: 500 }, 'retry', undefined],
    [{ status: 477, headers: { 'retry-after': '60' } }, 'retry', 1_060_000],
    [{ status: 423 }, 'retry', 1_002_000],
    [{ status: 401 }, 'unauthorised', undefined],
    [{ status: 403 }, 'unauthorised', undefined],
    [{ status: 400 }, 'reject', undefined],
    [{ status: 302 }, 'unauthorised', undefined],
  ])('%j becomes %s', async (fault, next, at) => {
    const error = await failing(fault)
    expect(error).toBeInstanceOf(VendorError)
    expect(error).toMatchObject({ next, at })
  })

  it('takes 200 with HTML for lost credentials, a lost connection and an abort for another time', async () => {
    sandbox.faults.set([{ kind: 'garbage', times: 1 }])
    await expect(connectTo(sandbox).read('contacts', ['1'], live())).rejects.toMatchObject({ next: 'unauthorised' })
    sandbox.faults.set([{ kind: 'dropAfter', times: 1 }])
    await expect(gather(connectTo(sandbox).pull('contacts', null, live()))).rejects.toMatchObject({ next: 'retry' })
    sandbox.faults.set([{ kind: 'delay', ms: 2_000, times: 1 }])
    const began = performance.now()
    await expect(gather(connectTo(sandbox).list('contacts', null, AbortSignal.timeout(50)))).rejects.toMatchObject({ next: 'retry' })
    expect(performance.now() - began).toBeLessThan(1_000)
  })

  it('keeps token and values out of its errors', async () => {
    const error = await failing({ status: 400, body: { category: 'VALIDATION_ERROR', message: 'ada@example.com is wrong' } })
    expect(String(error)).toMatch(/400 VALIDATION_ERROR/)
    expect(String(error)).not.toMatch(/ada@example|hub-token/)
  })

  it('refuses a stream it does not have', async () => {
    await expect(connectTo(sandbox).read('products', ['1'], live())).rejects.toMatchObject({ next: 'reject' })
  })
})

describe('check', () => {
  it('is well, and names what is missing otherwise', async () => {
    expect(await connectTo(sandbox, { appId: '1' }).check(live())).toMatchObject({ ok: true, account: expect.stringContaining('app 1') })
    expect(await connectTo(sandbox, { token: 'wrong' }).check(live())).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('access token'),
    })
    expect(await connectTo(sandbox, { token: 'poor-token' }).check(live())).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('crm.objects.companies.read'),
    })
    sandbox.settings.missingProperties = ['companies.throughline_id']
    expect(await connectTo(sandbox).check(live())).toMatchObject({ ok: false, why: 'companies have no property throughline_id' })
    sandbox.faults.set([{ kind: 'garbage' }])
    expect(await connectTo(sandbox).check(live())).toMatchObject({ ok: false, remedy: expect.stringContaining('baseUrl') })
    sandbox.faults.set([{ kind: 'status', status: 503 }])
    expect(await connectTo(sandbox).check(live())).toMatchObject({ ok: false, why: '503 INTERNAL_ERROR' })
  })
})

describe('decode and encode', () => {
  it('reads empty as null, keeps what it does not know, leaves out what is not there; writes null as empty', () => {
    const { decode, encode } = hubspot.streams.contacts!
    const raw = { id: '1', state: 'live', modifiedAt: null, modifiedText: null, actor: null } as const
    const fields = decode({ ...raw, body: { properties: { email: 'a@b.example', phone: '', city: null, zzz: 'kept' } } })
    expect(fields).toEqual({ email: 'a@b.example', phone: null, city: null, zzz: 'kept' })
    expect(decode({ ...raw, body: 'nonsense' })).toEqual({})
    expect(encode({ phone: null, city: 'Kiel', count: 3, flag: true })).toEqual({ phone: '', city: 'Kiel', count: '3', flag: 'true' })
    expect(decode({ ...raw, body: { properties: encode(fields) } })).toEqual(fields)
  })
})

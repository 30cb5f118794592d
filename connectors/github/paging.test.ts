import { VendorError } from '@throughline/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import type { Context } from './context.ts'
import { list } from './list.ts'
import { type GithubSandbox, HUB_TOKEN, READER_TOKEN, hubUser, REPOSITORY, serveGithub, WEBHOOK_SECRET } from './sandbox/index.ts'
import { connectTo, gather, live, RECORD, scripted } from './testing.ts'

let sandbox: GithubSandbox
beforeAll(async () => {
  sandbox = await serveGithub(0)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
  sandbox.faults.set([])
})

const rows = (count: number, title = 'Row') => Array.from({ length: count }, (_, n) => ({ title: `${title} ${n}` }))
const ids = (records: readonly { readonly id: string }[]) => records.map(({ id }) => Number(id))
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
const day = 86_400_000

/** Runs once, right after the nth list call has been answered. */
function after(nth: number, act: () => void): typeof globalThis.fetch {
  let count = 0
  return async (input, init) => {
    const answer = await fetch(input, init)
    if (++count === nth) act()
    return answer
  }
}

describe('paging by position', () => {
  it('misses nothing when an issue that was read already is deleted in the middle of a list', async () => {
    sandbox.plant(rows(250), Date.now() - day)
    const connection = connectTo(sandbox, {}, { fetch: after(1, () => sandbox.store.remove(5, hubUser)) })
    const { records } = await gather(connection.list('issues', null, live()))
    expect(ids(records).filter((id) => id !== 5)).toEqual(upTo(250).filter((id) => id !== 5))
  })

  it('misses nothing when issues of one second are edited while they are pulled', async () => {
    sandbox.plant(rows(350), Date.now() - day)
    const edit = () => {
      for (const number of [1, 2, 3]) sandbox.store.issues.get(number)!.updatedAt = Date.now()
    }
    const { records } = await gather(connectTo(sandbox, {}, { fetch: after(2, edit) }).pull('issues', null, live()))
    expect([...new Set(ids(records))].toSorted((a, b) => a - b)).toEqual(upTo(350))
  })

  it('passes pull requests over, though they count for paging', async () => {
    sandbox.plant(
      Array.from({ length: 230 }, (_, n) => ({ title: `${n}`, isPull: n % 2 === 0 })),
      Date.now() - day,
    )
    for (const records of [
      (await gather(connectTo(sandbox).pull('issues', null, live()))).records,
      (await gather(connectTo(sandbox).list('issues', null, live()))).records,
    ]) {
      expect(ids(records)).toEqual(upTo(230).filter((number) => number % 2 === 0))
    }
  })
})

describe('list', () => {
  const context = (): Context => {
    const config = { repository: REPOSITORY, token: HUB_TOKEN, webhookSecret: WEBHOOK_SECRET, baseUrl: sandbox.url }
    return { client: createClient(config, { fetch }), creator: null, now: () => Date.now(), log: () => {} }
  }

  it('is in the order of numbers, though an issue transferred here is older than its number', async () => {
    sandbox.plant(rows(120), Date.now() - day)
    sandbox.plant(rows(3, 'Transferred'), Date.now() - 10 * day)
    expect(ids((await gather(connectTo(sandbox).list('issues', null, live()))).records)).toEqual(upTo(123))
  })

  it('holds only so many at once, and takes several passes for more', async () => {
    sandbox.plant(rows(230), Date.now() - day)
    sandbox.plant(rows(20, 'Transferred'), Date.now() - 10 * day)
    expect(ids((await gather(list(context(), null, live(), 70))).records)).toEqual(upTo(250))
    expect(ids((await gather(list(context(), '33', live(), 70))).records)).toEqual(upTo(250).slice(33))
  })
})

describe('a poll', () => {
  it('without news is a 304 that costs nothing of the hour, again and again', async () => {
    sandbox.plant(rows(150), Date.now() - day)
    const connection = connectTo(sandbox)
    const { cursor } = await gather(connection.pull('issues', null, live()))
    const left = async () =>
      Number(
        (await fetch(`${sandbox.url}/repos/${REPOSITORY}/milestones`, { headers: { authorization: `token ${HUB_TOKEN}` } })).headers.get(
          'x-ratelimit-remaining',
        ),
      )
    expect(await gather(connection.pull('issues', cursor, live()))).toMatchObject({ records: [], pages: 0 })
    const before = await left()
    for (let n = 0; n < 3; n++) expect(await gather(connection.pull('issues', cursor, live()))).toMatchObject({ pages: 0 })
    expect(before - (await left())).toBe(1)
    sandbox.plant(rows(1, 'News'))
    expect(ids((await gather(connection.pull('issues', cursor, live()))).records)).toEqual([151])
  })

  it('after a second full of issues does not read that second again for ever', async () => {
    sandbox.plant(rows(350), Date.now() - day)
    const connection = connectTo(sandbox)
    const { cursor } = await gather(connection.pull('issues', null, live()))
    expect((await gather(connection.pull('issues', cursor, live()))).records).toEqual([])
  })

  it('stays behind the slower of the two clocks', async () => {
    const ahead = 2 * 3_600_000
    sandbox.plant(rows(1), Date.now() - day)
    await fetch(`${sandbox.url}/_sandbox/clock`, { method: 'POST', body: JSON.stringify({ shiftMs: ahead }) })
    const fast = (await gather(connectTo(sandbox).pull('issues', null, live()))).cursor!
    expect(Date.parse(fast)).toBeLessThanOrEqual(Date.now() - 9_000)
    await fetch(`${sandbox.url}/_sandbox/clock`, { method: 'POST', body: JSON.stringify({ shiftMs: -2 * ahead }) })
    const slow = (await gather(connectTo(sandbox).pull('issues', null, live()))).cursor!
    expect(Date.parse(slow)).toBeLessThanOrEqual(Date.now() - ahead - 9_000)
    await fetch(`${sandbox.url}/_sandbox/clock`, { method: 'POST', body: JSON.stringify({ shiftMs: ahead }) })
  })

  it.each(['', 'x', '{}', '2026-13-01T00:00:00Z'])('refuses the cursor %j', async (cursor) => {
    await expect(gather(connectTo(sandbox).pull('issues', cursor, live()))).rejects.toMatchObject({ next: 'reject' })
  })
})

describe('read', () => {
  it('tells what is gone from what it may not see', async () => {
    sandbox.plant(rows(3))
    sandbox.plant([{ title: 'A pull request', isPull: true }])
    sandbox.store.remove(1, hubUser)
    sandbox.store.transfer(2, `${sandbox.url}/repositories/8/issues/1`, hubUser)
    const found = await connectTo(sandbox).read('issues', ['1', '2', '3', '4', '99', 'x'], live())
    expect([...found].map(([id, record]) => [id, record?.state ?? null])).toEqual([
      ['1', 'deleted'],
      ['2', 'deleted'],
      ['3', 'live'],
      ['4', null],
      ['99', null],
      ['x', null],
    ])
    const blind = connectTo(sandbox, { repository: 'acme/secret' })
    await expect(blind.read('issues', ['3'], live())).rejects.toMatchObject({ next: 'unauthorised' })
    sandbox.settings.hasIssues = false
    await expect(connectTo(sandbox).read('issues', ['3'], live())).rejects.toMatchObject({ next: 'unauthorised' })
  })

  it('takes a renamed repository for a matter of the configuration, not for a transfer of every issue', async () => {
    sandbox.plant(rows(1))
    sandbox.settings.movedTo = 'acme/helpdesk'
    await expect(connectTo(sandbox).read('issues', ['1'], live())).rejects.toMatchObject({ next: 'unauthorised' })
    await expect(gather(connectTo(sandbox).pull('issues', null, live()))).rejects.toMatchObject({ next: 'unauthorised' })
  })
})

describe('find', () => {
  const marked = (id: string) => `text\n\n<!-- throughline:${id} -->`

  it('finds the marker in the plain list, the original before its copy', async () => {
    sandbox.plant([
      { title: 'a', body: marked(RECORD), user: hubUser },
      { title: 'copy', body: marked(RECORD) },
      { title: 'b', body: marked('other') },
    ])
    const found = await connectTo(sandbox).find('issues', 'throughline_id', [RECORD, '01980000-0000-7000-8000-000000000002'], live())
    expect([...found.values()].map(ids)).toEqual([[1, 2], []])
    const own = await connectTo(sandbox, { login: hubUser.login }).find('issues', 'throughline_id', [RECORD], live())
    expect([...own.values()].map(ids)).toEqual([[1]])
  })

  it('goes back no further than the record is old', async () => {
    const young = '0199f000-0000-7000-8000-000000000001'
    const born = Number.parseInt('0199f0000000', 16)
    sandbox.plant(rows(300), born - day)
    sandbox.plant([{ title: 'a', body: marked(young) }], born + 1_000)
    await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
    const found = await connectTo(sandbox).find('issues', 'throughline_id', [young], live())
    expect([...found.values()].map(ids)).toEqual([[301]])
    expect(sandbox.calls.reads).toBe(1)
  })

  it('refuses other fields, and asks nobody for nothing', async () => {
    await expect(connectTo(sandbox).find('issues', 'body', ['x'], live())).rejects.toBeInstanceOf(VendorError)
    expect(await connectTo({ url: 'http://127.0.0.1:9' }).find('issues', 'title', [], live())).toEqual(new Map())
  })
})

describe('check', () => {
  it('names what is missing', async () => {
    expect(await connectTo(sandbox).check(live())).toEqual({ ok: true, account: REPOSITORY })
    expect(await connectTo(sandbox, { token: READER_TOKEN }).check(live())).toMatchObject({
      ok: true,
      account: expect.stringContaining('push') as string,
    })
    expect(await connectTo(sandbox, { token: 'no' }).check(live())).toMatchObject({
      ok: false,
      why: expect.stringContaining('token') as string,
    })
    expect(await connectTo(sandbox, { repository: 'acme/none' }).check(live())).toMatchObject({
      ok: false,
      why: expect.stringContaining('acme/none') as string,
    })
    sandbox.settings.hasIssues = false
    expect(await connectTo(sandbox).check(live())).toMatchObject({ ok: false })
    Object.assign(sandbox.settings, { hasIssues: true, archived: true })
    expect(await connectTo(sandbox).check(live())).toMatchObject({ ok: false, why: `${REPOSITORY} is archived` })
    Object.assign(sandbox.settings, { archived: false, movedTo: 'acme/helpdesk' })
    expect(await connectTo(sandbox).check(live())).toMatchObject({ ok: false, why: `${REPOSITORY} has moved` })
    expect(await connectTo({ url: 'http://127.0.0.1:9' }).check(live())).toMatchObject({ ok: false })
  })

  it('says which permission the vendor asks for', async () => {
    const { fetch } = scripted(() => ({
      status: 403,
      body: { message: 'Resource not accessible' },
      headers: { 'x-accepted-github-permissions': 'issues=read' },
    }))
    expect(await connectTo(sandbox, {}, { fetch }).check(live())).toMatchObject({
      ok: false,
      why: expect.stringContaining('issues=read') as string,
    })
  })
})

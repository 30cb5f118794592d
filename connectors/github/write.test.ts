import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type GithubSandbox, HUMAN_TOKEN, READER_TOKEN, serveGithub } from './sandbox/index.ts'
import { connectTo, creating, live, nexts, RECORD, updating } from './testing.ts'

let sandbox: GithubSandbox
beforeAll(async () => {
  sandbox = await serveGithub(0)
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  await fetch(`${sandbox.url}/_sandbox/reset`, { method: 'POST' })
  await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' })
  sandbox.faults.set([])
})

const only = () => sandbox.state()[0]!

describe('a create', () => {
  it('carries the marker and its labels in one call', async () => {
    const patch = { title: 'Help', body: 'Please', status: 'new', priority: 'urgent' }
    const results = await connectTo(sandbox).write('issues', [creating(patch)], live())
    expect(results).toMatchObject([{ next: 'done', receipt: { externalId: '1', created: true } }])
    expect(only()).toMatchObject({
      title: 'Help',
      body: `Please\n\n<!-- throughline:${RECORD} -->`,
      state: 'open',
      labels: ['priority:urgent', 'status:new'],
    })
    expect([sandbox.calls.writes, sandbox.calls.reads]).toEqual([1, 0])
  })

  it('of a closed ticket closes it in a second call; should that fail, the issue is not lost for it', async () => {
    const connection = connectTo(sandbox)
    expect(nexts(await connection.write('issues', [creating({ title: 'a', status: 'closed' })], live()))).toEqual(['done'])
    expect(only().state).toBe('closed')
    sandbox.faults.set([{ kind: 'status', status: 502, match: '^PATCH' }])
    const lines: string[] = []
    const [result] = await connectTo(sandbox, {}, { log: (line) => void lines.push(line) }).write(
      'issues',
      [creating({ title: 'b', status: 'closed' })],
      live(),
    )
    expect(result).toMatchObject({ next: 'done', receipt: { externalId: '2', raw: { id: '2', body: { state: 'open' } } } })
    expect(lines).toEqual(['A new issue could not be closed and stays open'])
  })

  it('whose labels were silently dropped is done, and the log names them', async () => {
    const lines: unknown[] = []
    const connection = connectTo(sandbox, { token: READER_TOKEN }, { log: (line, details) => void lines.push([line, details]) })
    const results = await connection.write('issues', [creating({ title: 'Help', priority: 'high' })], live())
    expect(results).toMatchObject([{ next: 'done', receipt: { externalId: '1', raw: { body: { labels: [] } } } }])
    expect(lines).toEqual([['GitHub dropped labels: the token lacks push access', { issue: '1', labels: 'priority:high' }]])
  })

  it('answered with an issue that is not ours is unknown', async () => {
    sandbox.plant([{ title: 'Other' }])
    const [other] = (await (
      await fetch(`${sandbox.url}/repos/acme/support/issues`, { headers: { authorization: `token ${HUMAN_TOKEN}` } })
    ).json()) as unknown[]
    sandbox.faults.set([{ kind: 'status', status: 201, body: other }])
    expect(nexts(await connectTo(sandbox).write('issues', [creating({ title: 'Help' })], live()))).toEqual(['unknown'])
  })

  it.each([
    [400, 'reject'],
    [401, 'retry'],
    [403, 'retry'],
    [404, 'retry'],
    [410, 'retry'],
    [301, 'retry'],
    [422, 'reject'],
    [451, 'reject'],
    [429, 'retry'],
    [500, 'unknown'],
    [503, 'unknown'],
    [200, 'unknown'],
  ])('status %i means %s', async (status, next) => {
    sandbox.faults.set([{ kind: 'status', status }])
    expect(await connectTo(sandbox).write('issues', [creating({ title: 'Help' })], live())).toMatchObject([{ next, exchange: { status } }])
    expect(sandbox.calls.writes).toBe(1)
  })
})

describe('an update', () => {
  it('of the text is one call and keeps the marker', async () => {
    sandbox.plant([{ title: 'a', body: `old\n\n<!-- throughline:${RECORD} -->`, labels: ['bug'] }])
    expect(nexts(await connectTo(sandbox).write('issues', [updating(1, { body: 'new' })], live()))).toEqual(['done'])
    expect(only()).toMatchObject({ title: 'a', body: `new\n\n<!-- throughline:${RECORD} -->`, labels: ['bug'] })
    expect([sandbox.calls.writes, sandbox.calls.reads]).toEqual([1, 0])
  })

  it('of the priority leaves every other label, also one put on in the middle of it', async () => {
    sandbox.plant([{ title: 'a', labels: ['bug', 'Priority:Low', 'priority:p1'] }])
    const connection = connectTo(
      sandbox,
      {},
      {
        fetch: async (input, init) => {
          const answer = await fetch(input, init)
          if (init?.method === 'GET' && only().labels.length === 3) only().labels = [...only().labels, 'meanwhile']
          return answer
        },
      },
    )
    const results = await connection.write('issues', [updating(1, { priority: 'high' })], live())
    expect(results).toMatchObject([{ next: 'done', receipt: { raw: { id: '1' } } }])
    expect(only().labels).toEqual(['bug', 'priority:p1', 'meanwhile', 'priority:high'])
  })

  it('of the status closes, reopens and labels', async () => {
    sandbox.plant([{ title: 'a', labels: ['bug'] }])
    const connection = connectTo(sandbox)
    for (const [status, state, labels] of [
      ['waiting', 'open', ['bug', 'status:waiting']],
      ['new', 'open', ['bug', 'status:new']],
      ['closed', 'closed', ['bug']],
      ['open', 'open', ['bug']],
    ] as const) {
      expect(nexts(await connection.write('issues', [updating(1, { status })], live()))).toEqual(['done'])
      expect(only()).toMatchObject({ state, labels })
    }
  })

  it('that failed half-way is unknown, so that the hub looks and sends the rest', async () => {
    sandbox.plant([{ title: 'a', labels: ['priority:low'] }])
    sandbox.faults.set([{ kind: 'status', status: 403, body: { message: 'You have exceeded a secondary rate limit' }, match: '^PATCH' }])
    const connection = connectTo(sandbox)
    expect(nexts(await connection.write('issues', [updating(1, { priority: 'high', title: 'b' })], live()))).toEqual(['unknown'])
    sandbox.faults.set([])
    expect(nexts(await connection.write('issues', [updating(1, { priority: 'high', title: 'b' })], live()))).toEqual(['done'])
    expect(only()).toMatchObject({ title: 'b', labels: ['priority:high'] })
  })

  it.each([
    [500, 'retry'],
    [403, 'retry'],
    [404, 'conflict'],
  ])('whose reading beforehand answers %i is %s and writes nothing', async (status, next) => {
    sandbox.plant([{ title: 'a' }])
    sandbox.faults.set([{ kind: 'status', status, match: '^GET' }])
    expect(nexts(await connectTo(sandbox).write('issues', [updating(1, { priority: 'high' })], live()))).toEqual([next])
    expect(sandbox.calls.writes).toBe(0)
  })

  it('of what was deleted or transferred is a conflict with an object that is gone', async () => {
    sandbox.plant([{ title: 'a' }, { title: 'b' }])
    await fetch(`${sandbox.url}/_sandbox/remove`, { method: 'POST', body: '{"number":1}' })
    await fetch(`${sandbox.url}/_sandbox/transfer`, {
      method: 'POST',
      body: JSON.stringify({ number: 2, to: `${sandbox.url}/repositories/8/issues/1` }),
    })
    for (const number of [1, 2]) {
      expect(await connectTo(sandbox).write('issues', [updating(number, { title: 'x' })], live())).toMatchObject([
        { next: 'conflict', current: { id: String(number), state: 'deleted' } },
      ])
    }
    expect(await connectTo(sandbox).write('issues', [updating(99, { title: 'x' })], live())).toMatchObject([
      { next: 'conflict', current: null },
    ])
  })
})

it('a delete is refused without a call', async () => {
  sandbox.plant([{ title: 'a' }])
  const deleting = { ...updating(1, {}), operation: 'delete' } as const
  expect(nexts(await connectTo(sandbox).write('issues', [deleting], live()))).toEqual(['reject'])
  expect(sandbox.calls.writes + sandbox.calls.reads).toBe(0)
})

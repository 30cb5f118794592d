import { Octokit } from '@octokit/rest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectTo, creating, gather, live, updating } from '../testing.ts'
import {
  answerProblem,
  bodyProblem,
  callOf,
  type GithubSandbox,
  HOOK_ID,
  HUB_TOKEN,
  READER_TOKEN,
  REPOSITORY,
  serveGithub,
} from './index.ts'
import { rawClient, REPO } from './raw.ts'

let sandbox: GithubSandbox
beforeAll(async () => {
  sandbox = await serveGithub(0)
})
afterAll(() => sandbox.close())

/** What went over the wire, judged by GitHub's published description. */
function judge() {
  const problems: string[] = []
  const calls = new Set<string>()
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input))
    const call = callOf(init?.method ?? 'GET', url.pathname) ?? `unpublished ${init?.method} ${url.pathname}`
    const sent = typeof init?.body === 'string' ? bodyProblem(call, JSON.parse(init.body)) : null
    const answer = await globalThis.fetch(input, init)
    const text = await answer.clone().text()
    const got = answerProblem(call, answer.status, text === '' ? null : JSON.parse(text))
    calls.add(`${call} ${answer.status}`)
    for (const problem of [sent, got]) if (problem !== null) problems.push(`${call} ${answer.status}: ${problem}`)
    return answer
  }
  return { fetch, problems, calls }
}

it("the connector's requests and the sandbox's answers are valid against the published description", async () => {
  const { fetch, problems, calls } = judge()
  const connection = connectTo(sandbox, { hookId: String(HOOK_ID) }, { fetch })
  await connection.check(live())
  await connection.write('issues', [creating({ title: 'a', body: 'b', status: 'closed', priority: 'high' })], live())
  await connection.write('issues', [updating(1, { title: 'c', status: 'waiting', priority: 'low' })], live())
  await connection.write('issues', [updating(1, { priority: null })], live())
  await connection.write('issues', [creating({ title: '' })], live())
  sandbox.plant(Array.from({ length: 230 }, (_, n) => ({ title: `${n}`, isPull: n % 7 === 0, state: n % 2 ? 'open' : 'closed' })))
  await gather(connection.pull('issues', null, live()))
  await gather(connection.list('issues', null, live()))
  await connection.find('issues', 'title', ['a'], live())
  sandbox.store.remove(2, { id: 1, login: 'ana', type: 'User' })
  await connection.read('issues', ['1', '2', '999'], live())
  await connectTo(sandbox, { token: 'no' }, { fetch }).check(live())
  await connectTo(sandbox, { repository: 'acme/none' }, { fetch }).check(live())
  expect(problems).toEqual([])
  expect(calls.size).toBeGreaterThanOrEqual(14)
})

it('all other answers of the sandbox are valid, too', async () => {
  const human = rawClient(sandbox.url)
  const problems: string[] = []
  const tried: [string, string, unknown?][] = [
    ['POST', `${REPO}/milestones`, { title: 'Next' }],
    ['GET', `${REPO}/milestones`],
    ['POST', `${REPO}/issues`, { title: 'x', milestone: 1, labels: ['bug', { name: 'ui' }], assignees: ['ana'] }],
    ['POST', `${REPO}/issues/1/comments`, { body: 'Hello' }],
    ['GET', `${REPO}/issues/1/comments`],
    ['GET', `${REPO}/issues/1/labels`],
    ['DELETE', `${REPO}/issues/1/labels/none`],
    ['GET', `${REPO}/issues?sort=nonsense`],
    ['GET', `${REPO}/hooks/${HOOK_ID}/deliveries`],
  ]
  const statuses: number[] = []
  for (const [method, path, body] of tried) {
    const { status, json } = await human(method, path, body)
    statuses.push(status)
    const problem = answerProblem(callOf(method, path.split('?')[0]!)!, status, json)
    if (problem !== null) problems.push(`${method} ${path} ${status}: ${problem}`)
  }
  expect(problems).toEqual([])
  expect(statuses).toEqual([201, 200, 201, 201, 200, 200, 404, 422, 200])
})

describe('the judge', () => {
  it('does find fault', () => {
    const create = callOf('POST', `${REPO}/issues`)!
    expect(bodyProblem(create, { title: 'x', labels: ['a'] })).toBeNull()
    expect(bodyProblem(create, { title: 'x', labells: [] })).toContain('labells')
    expect(bodyProblem(create, { body: 'x' })).toContain('title')
    expect(bodyProblem(create, { title: 'x', labels: [7] })).not.toBeNull()
    expect(answerProblem(create, 201, { number: 1 })).not.toBeNull()
    expect(answerProblem(create, 418, {})).toContain('418')
    expect(callOf('PUT', `${REPO}/issues`)).toBeUndefined()
  })
})

describe('the sandbox', () => {
  it('refuses a body with a member that GitHub does not know, and one that is no JSON', async () => {
    const human = rawClient(sandbox.url)
    expect(await human('POST', `${REPO}/issues`, { title: 'x', priority: 'high' })).toMatchObject({ status: 422 })
    expect(await human('PATCH', `${REPO}/issues/1`, { state: 'waiting' })).toMatchObject({ status: 422 })
    expect(await human('POST', `${REPO}/issues`, '{')).toMatchObject({ status: 400, json: { message: 'Problems parsing JSON' } })
    expect(await human('POST', `${REPO}/issues`, { title: 'x'.repeat(257) })).toMatchObject({
      status: 422,
      json: { message: 'Validation Failed', errors: [{ resource: 'Issue', field: 'title', code: 'custom' }] },
    })
  })

  it('knows its tokens: none is 404, a wrong one 401, one without push drops labels', async () => {
    expect((await rawClient(sandbox.url, null)('GET', REPO)).status).toBe(404)
    expect((await rawClient(sandbox.url, 'no')('GET', REPO)).status).toBe(401)
    const made = await rawClient(sandbox.url, READER_TOKEN)('POST', `${REPO}/issues`, { title: 'x', labels: ['bug'], milestone: 1 })
    expect(made).toMatchObject({ status: 201, json: { labels: [], milestone: null } })
    expect((await rawClient(sandbox.url, READER_TOKEN)('POST', `${REPO}/issues/1/labels`, { labels: ['bug'] })).status).toBe(403)
    expect((await rawClient(sandbox.url)('GET', REPO, undefined, { 'x-github-api-version': '1999-01-01' })).status).toBe(400)
  })

  it('pages by Link under the repository id, and answers 304 for free', async () => {
    const human = rawClient(sandbox.url)
    const first = await human('GET', `${REPO}/issues?state=all&per_page=50`)
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    expect(next).toMatch(/\/repositories\/\d+\/issues\?.*page=2/)
    const second = await human('GET', next.slice(sandbox.url.length))
    expect(second.status).toBe(200)
    const again = await human('GET', `${REPO}/issues?state=all&per_page=50`, undefined, { 'if-none-match': first.headers.get('etag')! })
    expect(again.status).toBe(304)
    expect(again.headers.get('x-ratelimit-remaining')).toBe(second.headers.get('x-ratelimit-remaining'))
  })

  it('limits: the hour as 403 with a reset, content by the minute with Retry-After', async () => {
    const human = rawClient(sandbox.url)
    sandbox.settings.contentPerMinute = 0
    const secondary = await human('POST', `${REPO}/issues`, { title: 'x' })
    expect([secondary.status, secondary.headers.get('retry-after')]).toEqual([403, '60'])
    expect(String(secondary.json.message)).toContain('secondary rate limit')
    sandbox.settings.primary = 0
    const primary = await human('GET', `${REPO}/issues`)
    expect([primary.status, primary.headers.get('x-ratelimit-remaining')]).toEqual([403, '0'])
    expect(Number(primary.headers.get('x-ratelimit-reset')) * 1_000).toBeGreaterThan(Date.now())
    Object.assign(sandbox.settings, { contentPerMinute: 80, primary: 5_000 })
  })

  it('serves plain Octokit, whose own paging follows its links', async () => {
    const octokit = new Octokit({ auth: HUB_TOKEN, baseUrl: sandbox.url, request: { fetch } })
    const [owner = '', repo = ''] = REPOSITORY.split('/')
    const all = await octokit.paginate(octokit.rest.issues.listForRepo, { owner, repo, state: 'all', per_page: 100 })
    expect(all.length).toBe(sandbox.state().length)
  })
})

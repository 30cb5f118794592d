import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Webhooks } from '@octokit/webhooks'
import { loadRegistry, parseMapping } from '@throughline/contracts'
import { type RawRequest, Refused } from '@throughline/sdk'
import { describe, expect, it } from 'vitest'
import { github } from './index.ts'
import { WEBHOOK_SECRET } from './sandbox/index.ts'
import { connectTo } from './testing.ts'

interface Payload {
  readonly action: string
  readonly issue: { readonly number: number; readonly title: string; readonly body: string | null; readonly pull_request?: object }
  readonly repository: { readonly full_name: string }
}

const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples')
const definitions = JSON.parse(readFileSync(file, 'utf8')) as { name: string; examples: Payload[] }[]
const examples = definitions.find(({ name }) => name === 'issues')!.examples
const octokit = new Webhooks({ secret: WEBHOOK_SECRET })
const nowhere = { url: 'http://127.0.0.1:9' }

async function delivered(payload: unknown, more: Record<string, string> = {}): Promise<RawRequest> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const headers = {
    'x-github-event': 'issues',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': await octokit.sign(text === '' ? ' ' : text),
    ...more,
  }
  return { method: 'POST', url: 'https://hub.example.com/hooks/github', headers, body: Buffer.from(text), receivedAt: 0 }
}

const accepting = (payload: Payload) => connectTo(nowhere, { repository: payload.repository.full_name })

describe("the vendor's own 29 examples", () => {
  const entity = loadRegistry().entity('ticket')
  const mapping = parseMapping(readFileSync(github.mappings.issues!, 'utf8'), fileURLToPath(github.mappings.issues!))

  // GitHub tells of a milestone put on a pull request as of one put on an issue; four of its samples do.
  const [pulls, issues] = [true, false].map((isPull) =>
    examples.flatMap((payload, n) =>
      (payload.issue.pull_request !== undefined) === isPull ? [[n, payload.action, payload] as const] : [],
    ),
  )

  it('are 29, on issues 25', () => expect([examples.length, issues!.length]).toEqual([29, 25]))

  it.each(pulls!)('%i, %s of a pull request: accepted, decodable, and no ticket', async (_n, _action, payload) => {
    expect(await accepting(payload).accept(await delivered(payload))).toEqual([])
    const record = { id: '2', state: 'live', modifiedAt: null, modifiedText: null, actor: null, body: payload.issue } as const
    expect(github.streams.issues!.decode(record)).toMatchObject({ title: payload.issue.title })
  })

  it.each(issues!)('%i, %s: accepted and decoded', async (_n, action, payload) => {
    const [signal, ...more] = await accepting(payload).accept(await delivered(payload))
    expect(more).toEqual([])
    expect(signal).toMatchObject({
      id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      subject: { stream: 'issues', externalId: String(payload.issue.number) },
      type: action === 'opened' ? 'created' : action === 'deleted' || action === 'transferred' ? 'deleted' : 'changed',
    })
    expect(JSON.parse(signal!.body)).toEqual(payload)
    if (signal!.type === 'deleted') return expect(signal!.record).toBeUndefined()
    const fields = github.streams.issues!.decode(signal!.record!)
    expect(fields).toMatchObject({ title: payload.issue.title, number: payload.issue.number })
    const { values, problems } = mapping.toCanonical(fields)
    expect(problems).toEqual([])
    expect(entity.validate(values)).toEqual([])
    expect(values.subject).toBe(payload.issue.title)
  })

  it.each(examples.map((payload, n) => [n, payload] as const))('%i: one byte changed is refused', async (n, payload) => {
    const request = await delivered(payload)
    const body = Uint8Array.from(request.body)
    const at = (n * 997) % body.length
    body[at] = body[at]! ^ 1
    const failure = await accepting(payload)
      .accept({ ...request, body })
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Refused)
    expect(failure).toMatchObject({ reason: 'unsigned' })
  })
})

describe('a webhook', () => {
  const good = examples[0]!

  it("verifies the vendor's known answer", async () => {
    const request = {
      ...(await delivered('Hello, World!')),
      headers: { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
    }
    const connection = connectTo(nowhere, { webhookSecret: "It's a Secret to Everybody" })
    // Past the signature, and then no JSON.
    await expect(connection.accept(request)).rejects.toMatchObject({ reason: 'malformed' })
    await expect(connectTo(nowhere).accept(request)).rejects.toMatchObject({ reason: 'unsigned' })
  })

  it('needs the SHA-256 signature; the old one is not enough', async () => {
    const request = await delivered(good)
    const { 'x-hub-signature-256': _, ...headers } = request.headers
    await expect(accepting(good).accept({ ...request, headers: { ...headers, 'x-hub-signature': 'sha1=00' } })).rejects.toMatchObject({
      reason: 'unsigned',
    })
  })

  it('of another repository, another event or a pull request is accepted and holds nothing', async () => {
    const other = connectTo(nowhere, { repository: 'acme/other' })
    expect(await other.accept(await delivered(good))).toEqual([])
    expect(await accepting(good).accept(await delivered(good, { 'x-github-event': 'issue_comment' }))).toEqual([])
    expect(
      await accepting(good).accept(await delivered({ zen: 'Keep it logically awesome.', hook_id: 1 }, { 'x-github-event': 'ping' })),
    ).toEqual([])
    expect(await accepting(good).accept(await delivered({ ...good, issue: { ...good.issue, pull_request: {} } }))).toEqual([])
  })

  it('is recognised whatever the case of the repository is', async () => {
    const [signal] = await connectTo(nowhere, { repository: 'codertocat/hello-world' }).accept(await delivered(good))
    expect(signal?.subject?.externalId).toBe('1')
  })

  it('without an issue, action or repository is unreadable and says why', async () => {
    for (const [spoilt, why] of [
      [{ ...good, issue: {} }, /no issue/],
      [{ ...good, issue: { ...good.issue, number: -1 } }, /no issue/],
      [{ ...good, action: 7 }, /no action/],
      [{ ...good, repository: null }, /no repository/],
    ] as const) {
      const [signal] = await accepting(good).accept(await delivered(spoilt))
      expect(signal).toMatchObject({ subject: null, type: 'unreadable' })
      expect(signal?.why).toMatch(why)
    }
  })

  it.each(['{', '[]', 'null', '"text"', 'payload=%7B%7D'])('that is %s is malformed', async (text) => {
    await expect(connectTo(nowhere).accept(await delivered(text))).rejects.toMatchObject({ reason: 'malformed' })
  })
})

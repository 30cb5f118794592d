import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDemo, until, type Demo } from './demo.ts'

/** A breaker that opened tries again after a while; a rate that was used up comes back within a minute. */
const MENDED_MS = 75_000

let demo: Demo
beforeAll(async () => {
  demo = await startDemo(10, ['--cms', 'ghost'])
}, 60_000)
afterAll(async () => {
  await demo?.stop()
}, 30_000)

interface Issue {
  readonly number: number
  readonly title: string
}
const issues = (): Promise<Issue[]> => demo.github.admin<Issue[]>('state')

async function ticket(subject: string): Promise<string> {
  const properties = { subject, hs_pipeline_stage: '3', hs_pipeline: '0' }
  return (await demo.inHubspot.crm.tickets.basicApi.create({ properties, associations: [] })).id
}

test.each(['lead.created', 'contact.changed', 'issue.opened', 'ticket.changed', 'article.published'])(
  'trigger %s arrives',
  async (what) => {
    const { code, said } = await demo.tl('trigger', what)
    expect([code, said]).toEqual([0, expect.stringMatching(/✔ .* has it as .*, \d+\.\d s later/)])
  },
)

test('GitHub refuses the token: status says so; with the new one what waited goes out, once', async () => {
  expect((await demo.tl('demo', 'break', 'github', '--fault', 'expired-token')).code).toBe(0)
  await ticket('While the token is void')
  await until(
    async () => (await demo.get<{ trouble: unknown }>('/v1/connections/github')).trouble !== null,
    10_000,
    () => 'nobody noticed',
  )
  const { code, said } = await demo.tl('status')
  expect([code, said]).toEqual([1, expect.stringMatching(/github .*✘/)])
  expect(await issues()).not.toContainEqual(expect.objectContaining({ title: 'While the token is void' }))
  expect((await demo.tl('demo', 'heal', 'github')).code).toBe(0)
  await until(
    async () => (await issues()).some(({ title }) => title === 'While the token is void'),
    MENDED_MS,
    () => 'what waited did not go out',
  )
  expect((await issues()).filter(({ title }) => title === 'While the token is void')).toHaveLength(1)
}, 120_000)

test('Salesforce ends every session: the hub logs in again, and nothing waits', async () => {
  expect((await demo.tl('demo', 'break', 'salesforce', '--fault', 'expired-token')).code).toBe(0)
  expect((await demo.tl('trigger', 'contact.changed')).code).toBe(0)
  expect((await demo.tl('demo', 'break', 'salesforce', '--fault', 'duplicates')).said).toContain('Salesforce sends no webhooks')
})

test('half of GitHub’s answers get lost: every ticket is one issue', async () => {
  expect((await demo.tl('demo', 'break', 'github', '--fault', 'lost-answers')).code).toBe(0)
  const subjects = Array.from({ length: 6 }, (_, n) => `Lost ${n}`)
  for (const subject of subjects) await ticket(subject)
  const lost = async (): Promise<string[]> => (await issues()).map(({ title }) => title).filter((title) => title.startsWith('Lost '))
  await until(
    async () => new Set(await lost()).size >= 4,
    MENDED_MS,
    () => 'most of them should be there by now',
  )
  expect((await demo.tl('demo', 'heal', 'github')).code).toBe(0)
  await until(
    async () => {
      const { queue } = await demo.get<{ queue: { open: number } }>('/v1/connections/github')
      return queue.open === 0 && new Set(await lost()).size === subjects.length
    },
    MENDED_MS,
    () => 'not every ticket has become an issue',
  )
  expect((await lost()).toSorted()).toEqual(subjects)
}, 180_000)

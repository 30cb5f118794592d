import { afterAll, beforeAll, expect, test } from 'vitest'
import { pause, startDemo, until, type Demo } from './demo.ts'

const PEOPLE = 10
const SEEDED = 8 + 4 + 6
/** GitHub is told of by webhooks as fast as HubSpot; Salesforce is polled each second. */
const WITHIN_MS = 3_000
/** The slowest is polled every two seconds. */
const THREE_CYCLES_MS = 6_500

let demo: Demo
beforeAll(async () => {
  demo = await startDemo(PEOPLE)
}, 60_000)
afterAll(async () => {
  await demo?.stop()
}, 30_000)

interface Ticket {
  readonly subject: string | null
  readonly status: string | null
  readonly priority: string | null
}

const inHubspot = async (id: string): Promise<Ticket> => {
  const { properties } = await demo.inHubspot.crm.tickets.basicApi.getById(id, ['subject', 'hs_pipeline_stage', 'hs_ticket_priority'])
  const { subject = null, hs_pipeline_stage: status = null, hs_ticket_priority: priority = null } = properties
  return { subject, status, priority }
}
const inSalesforce = async (id: string): Promise<Ticket> => {
  const row = (await demo.inSalesforce.sobject('Case').retrieve(id)) as Record<string, string | null>
  return { subject: row['Subject']!, status: row['Status']!, priority: row['Priority']! }
}
const onGithub = async (id: string): Promise<Ticket> => {
  const issue = await demo.onGithub<{ title: string; state: string; labels: { name: string }[] }>('GET', `/${id}`)
  const priority = issue.labels.find(({ name }) => name.startsWith('priority:'))?.name ?? null
  return { subject: issue.title, status: issue.state, priority }
}

interface Everywhere {
  readonly hubspot: string
  readonly salesforce: string
  readonly github: string
}

/** An issue that a person opens, and what it became elsewhere. */
async function open(title: string): Promise<Everywhere> {
  const { number } = await demo.onGithub<{ number: number }>('POST', '', { title, body: 'Please look.', labels: ['priority:high', 'bug'] })
  let ids: Readonly<Record<string, string | null>> | null = null
  await until(
    async () => {
      ids = await demo.idsOf('github', String(number))
      return ids !== null && typeof ids['hubspot'] === 'string' && typeof ids['salesforce'] === 'string'
    },
    WITHIN_MS,
    () => `the issue has not become a ticket and a case: ${JSON.stringify(ids)}`,
  )
  return ids as unknown as Everywhere
}

async function see(what: () => Promise<Ticket>, wanted: Ticket, where: string): Promise<void> {
  let seen: Ticket | null = null
  await until(
    async () => {
      seen = await what()
      return JSON.stringify(seen) === JSON.stringify(wanted)
    },
    WITHIN_MS,
    () => `${where} shows ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`,
  )
}

test('tickets, cases and issues that were there before are everywhere, once', async () => {
  const { items } = await demo.get<{ items: { id: string }[] }>('/v1/records?entity=ticket&limit=100')
  expect(items).toHaveLength(SEEDED)
  const tickets = await demo.inHubspot.crm.tickets.basicApi.getPage(100)
  const cases = await demo.inSalesforce.query('SELECT Id FROM Case')
  const issues = await demo.github.admin<unknown[]>('state')
  expect([tickets.results.length, cases.totalSize, issues.length]).toEqual([SEEDED, SEEDED, SEEDED])
})

test('an issue edited in GitHub updates the case and the ticket, each of them updates the others, then it is quiet', async () => {
  const at = await open('Export stops half-way')
  await see(() => inHubspot(at.hubspot), { subject: 'Export stops half-way', status: '3', priority: 'HIGH' }, 'HubSpot')
  await see(() => inSalesforce(at.salesforce), { subject: 'Export stops half-way', status: 'Working', priority: 'High' }, 'Salesforce')

  await demo.onGithub('PATCH', `/${at.github}`, { title: 'Export stops', state: 'closed', labels: ['priority:low', 'bug'] })
  await see(() => inHubspot(at.hubspot), { subject: 'Export stops', status: '4', priority: 'LOW' }, 'HubSpot')
  await see(() => inSalesforce(at.salesforce), { subject: 'Export stops', status: 'Closed', priority: 'Low' }, 'Salesforce')

  await demo.inSalesforce.sobject('Case').update({ Id: at.salesforce, Status: 'Working', Subject: 'Export stops again' })
  await see(() => onGithub(at.github), { subject: 'Export stops again', status: 'open', priority: 'priority:low' }, 'GitHub')
  await see(() => inHubspot(at.hubspot), { subject: 'Export stops again', status: '3', priority: 'LOW' }, 'HubSpot')

  await demo.inHubspot.crm.tickets.basicApi.update(at.hubspot, { properties: { hs_ticket_priority: 'MEDIUM' } })
  await see(() => onGithub(at.github), { subject: 'Export stops again', status: 'open', priority: 'priority:medium' }, 'GitHub')
  await see(() => inSalesforce(at.salesforce), { subject: 'Export stops again', status: 'Working', priority: 'Medium' }, 'Salesforce')
  // What is not the hub's stays: the label of the engineers.
  const { labels } = await demo.onGithub<{ labels: { name: string }[] }>('GET', `/${at.github}`)
  expect(labels.map(({ name }) => name)).toContain('bug')

  await pause(1_500)
  const systems = [demo.hubspot, demo.salesforce, demo.cms, demo.github]
  for (const system of systems) await system.forget()
  await pause(THREE_CYCLES_MS)
  expect(await Promise.all(systems.map((system) => system.writes()))).toEqual([0, 0, 0, 0])
}, 60_000)

test('webhooks that come twice and out of order change nothing twice', async () => {
  const at = await open('Order of events')
  await demo.github.admin('webhooks', { duplicate: 1, reorder: 0.5, delayMs: 20 })
  for (let n = 1; n <= 6; n++) await demo.onGithub('PATCH', `/${at.github}`, { title: `Edit ${n}` })
  await see(() => inHubspot(at.hubspot), { subject: 'Edit 6', status: '3', priority: 'HIGH' }, 'HubSpot')
  await see(() => inSalesforce(at.salesforce), { subject: 'Edit 6', status: 'Working', priority: 'High' }, 'Salesforce')
  await demo.github.admin('webhooks', { duplicate: 0, reorder: 0, delayMs: 0 })
  await pause(2_500)
  expect((await inHubspot(at.hubspot)).subject).toBe('Edit 6')
  expect((await onGithub(at.github)).subject).toBe('Edit 6')
}, 30_000)

import type { Done } from './acts.ts'

const HUMAN = { authorization: 'Bearer human-token', 'content-type': 'application/json' }
const REPOSITORY = '/repos/acme/support'

/** A person opens an issue on GitHub. */
export async function issueOpened(url: string): Promise<Done> {
  const title = `Export stops half-way (${stamp()})`
  const issue = await call<{ number: number }>(url, 'POST', `${REPOSITORY}/issues`, {
    title,
    body: 'It worked until Monday.',
    labels: ['priority:high'],
  })
  const id = String(issue.number)
  return { id, said: `GitHub: opened issue #${id}, ${title}`, field: { name: 'subject', value: title } }
}

/** A person renames a ticket in HubSpot. */
export async function ticketChanged(url: string): Promise<Done> {
  const { results } = await call<{ results: readonly { id: string }[] }>(url, 'GET', '/crm/v3/objects/tickets?limit=50&properties=subject')
  const ticket = results[Math.floor(Math.random() * results.length)]
  if (!ticket) throw new Error('HubSpot holds no ticket')
  const subject = `Cannot log in (${stamp()})`
  await call(url, 'PATCH', `/crm/v3/objects/tickets/${ticket.id}`, { properties: { subject, hs_ticket_priority: 'HIGH' } })
  return { id: ticket.id, said: `HubSpot: ticket ${ticket.id} is now "${subject}"`, field: { name: 'subject', value: subject } }
}

const stamp = (): string => new Date().toISOString().slice(11, 23)

async function call<T>(base: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(base + path, { method, headers: HUMAN, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`the sandbox at ${base} answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
  return (await response.json()) as T
}

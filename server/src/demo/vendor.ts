/** What a person does in HubSpot, over HubSpot's own API: the demo and `trigger` change things as somebody else would. */
export interface Person {
  readonly id: string
  readonly email: string | null
  readonly name: string
}

const HUMAN = { authorization: 'Bearer human-token', 'content-type': 'application/json' }
const PROPERTIES = 'email,firstname,lastname,jobtitle'
const TITLES = ['Head of Growth', 'Revenue Lead', 'VP Customer', 'Solutions Engineer', 'Procurement Manager']

interface Contact {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
}

export async function createLead(base: string): Promise<Person> {
  const mark = Date.now().toString(36)
  const properties = {
    email: `lead.${mark}@example.com`,
    firstname: 'Lia',
    lastname: `Demo ${mark}`,
    jobtitle: 'Evaluator',
    lifecyclestage: 'lead',
  }
  return shown(await call<Contact>(base, 'POST', '/crm/v3/objects/contacts', { properties }))
}

/** Gives one contact with an e-mail address another job title. */
export async function changeContact(base: string): Promise<Person & { readonly jobTitle: string }> {
  const page = await call<{ results: readonly Contact[] }>(base, 'GET', `/crm/v3/objects/contacts?limit=100&properties=${PROPERTIES}`)
  const known = page.results.filter((contact) => contact.properties['email'])
  const contact = known[Math.floor(Math.random() * known.length)]
  if (!contact) throw new Error('HubSpot holds no contact with an e-mail address')
  const jobTitle = `${TITLES[Math.floor(Math.random() * TITLES.length)]!} ${new Date().toISOString().slice(11, 19)}`
  const changed = await call<Contact>(base, 'PATCH', `/crm/v3/objects/contacts/${contact.id}`, { properties: { jobtitle: jobTitle } })
  return { ...shown({ ...changed, properties: { ...contact.properties, ...changed.properties } }), jobTitle }
}

function shown({ id, properties }: Contact): Person {
  const name = [properties['firstname'], properties['lastname']].filter(Boolean).join(' ')
  return { id, email: properties['email'] ?? null, name: name || '(no name)' }
}

async function call<T>(base: string, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(base + path, { method, headers: HUMAN, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`the HubSpot sandbox answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
  return (await response.json()) as T
}

import { Agent, request } from 'undici'
import type { SandboxProcess } from './sandbox.ts'

/** People at work in the vendors' own tools: raw HTTP, as the vendors document it, and nothing of ours. */
export interface People {
  createInHubspot(properties: Properties): Promise<string>
  updateInHubspot(id: string, properties: Properties): Promise<void>
  /** At most 100 at once. */
  updateManyInHubspot(changes: readonly { readonly id: string; readonly properties: Properties }[]): Promise<void>
  createInSalesforce(fields: Properties): Promise<string>
  updateInSalesforce(id: string, fields: Properties): Promise<void>
  close(): Promise<void>
}

export type Properties = Readonly<Record<string, string | null>>

const VERSION = 'v67.0'

export async function startPeople(hubspot: SandboxProcess, salesforce: SandboxProcess): Promise<People> {
  const dispatcher = new Agent({ connections: 16, pipelining: 1 })
  const token = await logIn(salesforce)
  const send = async (method: 'POST' | 'PATCH', url: string, bearer: string, body: unknown): Promise<unknown> => {
    const answer = await request(url, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300) throw new Error(`${method} ${url}: ${answer.statusCode} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  const contacts = `${hubspot.url}/crm/v3/objects/contacts`
  const sobjects = `${salesforce.url}/services/data/${VERSION}/sobjects/Contact`
  return {
    createInHubspot: async (properties) => ((await send('POST', contacts, 'human-token', { properties })) as { id: string }).id,
    updateInHubspot: async (id, properties) => void (await send('PATCH', `${contacts}/${id}`, 'human-token', { properties })),
    updateManyInHubspot: async (inputs) => void (await send('POST', `${contacts}/batch/update`, 'human-token', { inputs })),
    createInSalesforce: async (fields) => ((await send('POST', sobjects, token, fields)) as { id: string }).id,
    updateInSalesforce: async (id, fields) => void (await send('PATCH', `${sobjects}/${id}`, token, fields)),
    close: () => dispatcher.close(),
  }
}

async function logIn(salesforce: SandboxProcess): Promise<string> {
  const answer = await fetch(`${salesforce.url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'human', client_secret: 'human-secret' }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

import { VendorError, type Provisioner, type ProvisionStep } from '@throughline/sdk'
import { vendorError, type Answer, type Client } from './client.ts'
import { RECORD_ID, type SalesforceStream } from './stream.ts'
import { customField, findHidden, NEEDED, type NeededField } from './custom-field.ts'

export interface Place {
  readonly client: Client
  /** Streams that something is mapped to, with the properties that the mappings use. */
  readonly streams: readonly { readonly name: string; readonly stream: SalesforceStream; readonly mapped: readonly string[] }[]
  /** The configured channel of change events. */
  readonly channel: string | undefined
}

/** What describe says of an object, as far as it is asked. */
interface Described {
  readonly can: Readonly<Record<string, boolean>>
  readonly fields: ReadonlyMap<string, { readonly externalId: boolean; readonly unique: boolean }>
}

const RIGHTS = { queryable: 'read', createable: 'create', updateable: 'edit', deletable: 'delete' } as const

export function provision({ client, streams, channel }: Place): Provisioner {
  return {
    async plan(signal) {
      const login = await loginSteps(client, signal)
      if (login.some((step) => step.state !== 'present')) return login
      const steps: ProvisionStep[] = [...login]
      for (const { name, stream, mapped } of streams) {
        const described = await describe(client, stream.type, signal)
        steps.push(objectStep(name, stream, described))
        steps.push(...(await fieldSteps(client, name, stream, mapped, described, signal)))
      }
      return channel === undefined ? steps : [...steps, eventStep(channel, streams)]
    },
  }
}

/** Whether the credentials work and may use the API. Throws while Salesforce cannot be asked. */
async function loginSteps(client: Client, signal: AbortSignal): Promise<ProvisionStep[]> {
  const login = { id: 'login', title: 'Log in to Salesforce' }
  const api = { id: 'api', title: 'Use of the API' }
  const answer = await client.call({ method: 'GET', path: '/limits' }, signal)
  if (answer.ok) {
    const user = (await client.user(signal)) ?? 'unknown'
    return [
      { ...login, state: 'present', detail: `It works, as user ${user}.` },
      { ...api, state: 'present', detail: 'The user may use the API.' },
    ]
  }
  if (answer.fate !== 'unauthorised') throw vendorError(answer)
  if (answer.code !== null && /^API_/.test(answer.code)) {
    const detail = `${answer.why}. Give the integration user the permission "API Enabled" (Setup, Permission Sets, System Permissions); editions below Enterprise need the API as an extra.`
    return [
      { ...login, state: 'present', detail: 'It works.' },
      { ...api, state: 'manual', detail },
    ]
  }
  const detail = `${answer.why}. In Setup, External Client App Manager, the app needs the client credentials flow enabled and a run-as user; clientId and clientSecret are its consumer key and secret, and instanceUrl is the org's My Domain.`
  return [
    { ...login, state: 'manual', detail },
    { ...api, state: 'missing', detail: 'Not looked at: the log-in comes first.' },
  ]
}

async function describe(client: Client, type: string, signal: AbortSignal): Promise<Described | null> {
  const answer = await client.call({ method: 'GET', path: `/sobjects/${type}/describe` }, signal)
  if (!answer.ok) {
    if (answer.exchange.status === 404) return null
    throw vendorError(answer)
  }
  const body = record(answer.body)
  if (!Array.isArray(body['fields'])) throw new VendorError('retry', `Salesforce describes ${type} without its fields`)
  const fields = body['fields'].map(record)
  return {
    can: Object.fromEntries(Object.keys(RIGHTS).map((name) => [name, body[name] === true])),
    fields: new Map(
      fields.map((field) => [String(field['name']), { externalId: field['externalId'] === true, unique: field['unique'] === true }]),
    ),
  }
}

function objectStep(name: string, { type }: SalesforceStream, described: Described | null): ProvisionStep {
  const step = { id: `object.${name}`, title: `Access to ${type}` }
  const lacking = Object.entries(RIGHTS).flatMap(([flag, right]) => (described?.can[flag] === true ? [] : [right]))
  if (lacking.length === 0) return { ...step, state: 'present', detail: 'The user may read, create, edit and delete.' }
  const detail = `The integration user may not ${lacking.join(', ')} ${type}. Setup, Permission Sets, the integration user's set, Object Settings, ${type}: tick ${lacking.join(', ')}.`
  return { ...step, state: 'manual', detail }
}

async function fieldSteps(
  client: Client,
  name: string,
  { type }: SalesforceStream,
  mapped: readonly string[],
  described: Described | null,
  signal: AbortSignal,
): Promise<ProvisionStep[]> {
  const needed = NEEDED.filter((field) => field.name === RECORD_ID || mapped.includes(field.name))
  if (described === null) {
    return needed.map((field) => ({
      ...titled(name, type, field),
      state: 'missing',
      detail: `Not looked at: access to ${type} comes first.`,
    }))
  }
  const steps: ProvisionStep[] = []
  for (const field of needed) steps.push(await fieldStep(client, name, type, field, described, signal))
  const lost = mapped.filter((one) => !described.fields.has(one) && !needed.some((field) => field.name === one))
  const mappedStep = { id: `fields.${name}`, title: `Mapped fields of ${type}` }
  if (lost.length === 0) return [...steps, { ...mappedStep, state: 'present', detail: 'The user sees all of them.' }]
  const detail = `The integration user does not see ${lost.join(', ')}. Let it read and edit them (Setup, Permission Sets, Object Settings, ${type}, Field Permissions), or take them out of the mapping: while one is missing, nothing of ${type} can be read.`
  return [...steps, { ...mappedStep, state: 'manual', detail }]
}

async function fieldStep(
  client: Client,
  name: string,
  type: string,
  field: NeededField,
  described: Described,
  signal: AbortSignal,
): Promise<ProvisionStep> {
  const step = titled(name, type, field)
  const found = described.fields.get(field.name)
  if (found) {
    if (!field.unique || (found.externalId && found.unique)) return { ...step, state: 'present', detail: `${type}.${field.name} is there.` }
    const lacking = [...(found.externalId ? [] : ['External ID']), ...(found.unique ? [] : ['Unique'])].join(' and ')
    const detail = `${type}.${field.name} is there, but not set up: in Setup, Object Manager, ${holder(type)}, Fields & Relationships, ${field.label}, Edit, tick ${lacking}. Without it a repeated create would make a second object.`
    return { ...step, state: 'manual', detail }
  }
  const hidden = await findHidden(client, holder(type), field, signal)
  if (hidden === 'there') {
    const detail = `${type}.${field.name} is there, but the integration user does not see it: Salesforce gives nobody access to a new field. Setup, Permission Sets, the integration user's set, Object Settings, ${type === 'Task' ? 'Tasks' : type}, Field Permissions: tick Read and Edit of ${field.label}.`
    return { ...step, state: 'manual', detail }
  }
  const instruction = `Setup, Object Manager, ${holder(type)}, Fields & Relationships, New: text, length ${field.length}, label "${field.label}", name ${field.name.replace(/__c$/, '')}${field.unique ? ', unique (case-insensitive), external ID' : ''}; visible and editable for the integration user.`
  if (hidden === 'unknown') {
    const detail = `The integration user sees no ${type}.${field.name} and may not look at the org's fields, so an administrator has to. If it is not there: ${instruction} If it is: give the user Read and Edit of it.`
    return { ...step, state: 'manual', detail }
  }
  const detail = `${type}.${field.name} is missing. ${field.why} It can be made here; then the integration user has to be given access to it. By hand: ${instruction}`
  return { ...step, state: 'missing', detail, apply: (during) => create(client, type, field, instruction, during) }
}

async function create(client: Client, type: string, field: NeededField, instruction: string, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(customField(holder(type), field))
  const answer = await client.call({ method: 'POST', path: '/tooling/sobjects/CustomField', body }, signal)
  // Somebody was quicker, or made it for the events of the calendar, which share it with tasks; planning anew will tell.
  if (answer.ok || answer.code === 'DUPLICATE_DEVELOPER_NAME') return
  throw isForbidden(answer)
    ? new VendorError(
        'reject',
        `The integration user may not make fields ("Customize Application"), so an administrator has to. ${instruction}`,
      )
    : vendorError(answer)
}

function isForbidden(answer: Extract<Answer, { ok: false }>): boolean {
  return answer.code !== null && /^(INSUFFICIENT_ACCESS|CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY|API_DISABLED)/.test(answer.code)
}

function eventStep(channel: string, streams: Place['streams']): ProvisionStep {
  const types = streams.map(({ stream }) => stream.type).join(', ')
  const where =
    channel === '/data/ChangeEvents'
      ? `Setup, Integrations, Change Data Capture: select ${types}.`
      : `The channel ${channel} has to have the change events of ${types} as members.`
  const detail = `${where} The integration user needs the permission "View All" on them, or it hears only of what it may see. What is not selected is still polled.`
  return { id: 'events', title: `Change events on ${channel}`, state: 'manual', detail }
}

/** Tasks and calendar events share their custom fields: they are fields of the activity. */
function holder(type: string): string {
  return type === 'Task' ? 'Activity' : type
}

function titled(name: string, type: string, field: NeededField): { readonly id: string; readonly title: string } {
  return { id: `field.${name}.${field.name.replace(/__c$/, '').toLowerCase()}`, title: `Field ${field.name} on ${type}` }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

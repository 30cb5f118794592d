import { createHmac } from 'node:crypto'
import * as sdk from '@throughline/sdk'

export interface AcmeDeskConfig {
  readonly url: string
  readonly token: string
  readonly webhookSecret: string
}

/** A person as the API shows one; a deleted one has no fields any more. */
type Person = { readonly id: string; readonly updated_at: string; readonly deleted?: true; readonly fields?: sdk.Fields }

const PAGE = 100
const KINDS = new Map(Object.entries({ created: 'created', updated: 'changed', deleted: 'deleted' } as const))

const people: sdk.Stream = {
  entity: 'person',
  can: {
    webhook: true,
    pull: true,
    list: true,
    find: true,
    write: true,
    delete: true,
    merge: { because: 'Acme Desk has no merging of people.' },
    upsertBy: 'hub_id',
    versionCheck: true,
    batch: { read: 50, write: 1, find: 20, page: PAGE },
    visibilityMs: 10_000,
  },
  compareIds: sdk.compareText,
  decode: (raw) => (raw.body as Person).fields ?? {},
  encode: (patch) => ({ fields: patch }),
}

function recordOf(value: unknown): sdk.RawRecord {
  const { id, updated_at, deleted } = value as Person
  const modifiedAt = sdk.timeOf(updated_at)
  return { id, state: deleted ? 'deleted' : 'live', modifiedAt, modifiedText: updated_at, actor: null, body: value }
}

function connect(config: AcmeDeskConfig, io: sdk.ConnectorIo): sdk.Connection {
  const explain = (body: unknown) => String((body as { error?: { code?: unknown } } | undefined)?.error?.code ?? '')
  const api = sdk.createClient({ name: 'Acme Desk', url: config.url, headers: { authorization: `Bearer ${config.token}` }, explain }, io)

  async function records(query: Record<string, string | readonly string[]>, signal: AbortSignal) {
    const answer = await api.ask('GET', sdk.withQuery('/v1/people', query), signal)
    const found = sdk.rowsOf(answer, 'people').map(recordOf)
    return { records: found, more: found.length >= PAGE, vendorTime: answer.vendorTime }
  }

  async function write({ operation, externalId, recordId, patch, basedOn }: sdk.Delivery, signal: AbortSignal) {
    const isCreate = externalId === null
    const path = isCreate ? `/v1/people/by-hub-id/${recordId}` : `/v1/people/${encodeURIComponent(externalId)}`
    const method = isCreate ? 'PUT' : operation === 'delete' ? 'DELETE' : 'PATCH'
    const version: Record<string, string> = basedOn === null ? {} : { 'if-match': basedOn }
    const answer = await api.call(method, path, signal, method === 'DELETE' ? undefined : people.encode(patch), version)
    if (method === 'DELETE' && [204, 404, 410].includes(answer.status)) return sdk.done(answer, externalId ?? '', null, false)
    if (answer.status === 404 || answer.status === 410) return sdk.conflict(answer, null, 'the person is gone')
    const person = (answer.body as { person?: Person } | undefined)?.person
    if (answer.status === 412 && person) return sdk.conflict(answer, recordOf(person), 'edited meanwhile')
    if (answer.verdict.kind !== 'ok' || !person) return sdk.notDone(answer)
    return sdk.done(answer, person.id, recordOf(person), answer.status === 201)
  }

  return {
    check: async (signal) => ({ ok: true, account: ((await api.ask('GET', '/v1/me', signal)).body as { workspace: string }).workspace }),
    async accept({ headers: given, body, receivedAt }) {
      const time = given['x-acme-time'] ?? ''
      const expected = createHmac('sha256', config.webhookSecret).update(`${time}.`).update(body).digest('hex')
      sdk.checkSignature(given['x-acme-signature'], expected)
      sdk.checkTime(Number(time), receivedAt, 300_000)
      const { events } = sdk.readBody(body) as { events?: unknown }
      if (!Array.isArray(events)) throw new sdk.Refused('malformed', 'The body holds no list of events')
      return events.map((event: Record<string, unknown> | null): sdk.RawSignal => {
        const { event_id, type, person_id, at } = event ?? {}
        const text = JSON.stringify(event)
        const signal = { id: String(event_id ?? sdk.fingerprint(text)), time: typeof at === 'string' ? at : null, body: text }
        const kind = KINDS.get(String(type))
        const known = kind !== undefined && typeof person_id === 'string'
        if (!known) return { ...signal, subject: null, type: 'unreadable', why: 'an event of no known kind, or of no person' }
        return { ...signal, subject: { stream: 'people', externalId: person_id }, type: kind }
      })
    },
    pull: (_stream, cursor, signal) =>
      sdk.walkChanges(people, cursor, 5_000, ({ time, id }) => records({ changed_after: String(time), after: id }, signal)),
    list: (_stream, after, signal) => sdk.walkList(people, after, (last) => records({ after: last ?? '' }, signal)),
    async read(_stream, ids, signal) {
      const found = ids.length === 0 ? [] : (await records({ ids: ids.join(',') }, signal)).records
      return new Map(ids.map((id) => [id, found.find((record) => record.id === id) ?? null]))
    },
    async find(_stream, field, values, signal) {
      const found = values.length === 0 ? [] : (await records({ field, value: values }, signal)).records
      return new Map(values.map((value) => [value, found.filter((record) => people.decode(record)[field] === value)]))
    },
    write: (_stream, deliveries, signal) => sdk.oneByOne(deliveries, (delivery) => write(delivery, signal)),
  }
}

const secret = (description: string) => ({ type: 'string', minLength: 1, writeOnly: true, description })

export const acmeDesk: sdk.Connector<AcmeDeskConfig> = {
  name: 'acme-desk',
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['url', 'token', 'webhookSecret'],
    properties: {
      url: { type: 'string', pattern: '^https?://', description: "The workspace's address." },
      token: secret('API token that may read and write people.'),
      webhookSecret: secret('Secret of the webhook.'),
    },
  },
  streams: { people },
  mappings: { people: new URL('mappings/people.yaml', import.meta.url) },
  limits: { calls: 300, per: 60_000 },
  connect,
}

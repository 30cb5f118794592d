import { setTimeout as sleep } from 'node:timers/promises'
import { hubspot, type HubspotConfig } from '@throughline/hubspot'
import { CLIENT_SECRET, HUB_TOKEN, HUMAN_TOKEN, serveHubspot, signV3 } from '@throughline/hubspot/sandbox'
import type { Fields } from '@throughline/sdk'
import type { LimitAnswer, Remote, StreamSubject, Subject, WebhookChange, WebhookSubject } from '../subject.ts'
import { createHttp } from './http.ts'

type Type = 'contacts' | 'companies' | 'deals' | 'tickets'

const publicUrl = 'https://hub.example.com'
const eventNames: Readonly<Record<string, string>> = { contacts: 'contact', companies: 'company', deals: 'deal', tickets: 'ticket' }

const contacts: StreamSubject = {
  sample: (n) => ({
    email: `person-${n}@example.com`,
    firstname: `Given ${n}`,
    lastname: `Family ${n}`,
    phone: '+14155550123',
    jobtitle: 'Buyer',
    company: 'Acme',
    city: 'Berlin',
    country: 'Germany',
  }),
  change: (n) => ({ email: `changed-${n}@example.com`, firstname: `Changed ${n}`, city: 'Hamburg' }),
  clearable: 'jobtitle',
  unmapped: { zip: '10115', salutation: 'Dr.' },
  refused: { email: 'nowhere' },
  absentId: '987654321',
  findable: {
    field: 'email',
    values: [
      `o'brien@example.com`,
      `"quoted\\slash"@example.com`,
      'per%cent_under*star@example.com',
      'plus+tag@example.com',
      'obrien@example.com',
      'plus@example.com',
    ],
  },
}

const companies: StreamSubject = {
  sample: (n) => ({ name: `Company ${n}`, domain: `company-${n}.example.com`, phone: '+14155550123', city: 'Berlin', country: 'Germany' }),
  change: (n) => ({ name: `Changed ${n}`, city: 'Hamburg' }),
  clearable: 'city',
  unmapped: { zip: '10115', description: 'Makes anvils.' },
  refused: { lifecyclestage: 'no such stage' },
  absentId: '987654321',
  findable: {
    field: 'name',
    values: [`O'Brien & Sons`, 'The "Quoted" \\ Company', '100 % *Stars* _Under', 'OBrien & Sons', 'The Quoted Company'],
  },
}

const names = [`O'Brien & Sons`, 'The "Quoted" \\ Deal', '100 % *Stars* _Under', 'OBrien & Sons', 'The Quoted Deal']

const deals: StreamSubject = {
  sample: (n) => ({
    dealname: `Deal ${n}`,
    dealstage: 'qualifiedtobuy',
    amount: '1250.5',
    deal_currency_code: 'EUR',
    closedate: '2026-06-30',
    description: 'Two engines.',
  }),
  change: (n) => ({ dealname: `Changed ${n}`, dealstage: 'contractsent', amount: '99', closedate: '2026-07-01' }),
  clearable: 'description',
  unmapped: { dealtype: 'newbusiness', hs_next_step: 'Send the offer' },
  refused: { dealstage: 'no such stage' },
  absentId: '987654321',
  findable: { field: 'dealname', values: names },
}

const tickets: StreamSubject = {
  sample: (n) => ({
    subject: `Ticket ${n}`,
    content: `It does not work.\n\nSince ${n} days.`,
    hs_pipeline_stage: '1',
    hs_ticket_priority: 'LOW',
  }),
  change: (n) => ({ subject: `Changed ${n}`, hs_pipeline_stage: '4', hs_ticket_priority: 'URGENT' }),
  clearable: 'content',
  unmapped: { hs_ticket_category: 'BILLING_ISSUE', source_type: 'EMAIL' },
  refused: { hs_pipeline_stage: 'no such stage' },
  absentId: '987654321',
  findable: { field: 'subject', values: names },
}

const limit = (policyName: string): unknown => ({
  status: 'error',
  message: 'You have reached your limit.',
  errorType: 'RATE_LIMIT',
  correlationId: 'c0ffee',
  policyName,
})

const limits: readonly LimitAnswer[] = [
  { what: 'the ten-second limit', answer: { status: 429, body: limit('TEN_SECONDLY_ROLLING') }, waitMs: null },
  { what: 'a limit with Retry-After', answer: { status: 429, body: limit('SECONDLY'), headers: { 'retry-after': '9' } }, waitMs: 9_000 },
  { what: 'the daily limit', answer: { status: 429, body: limit('DAILY') }, waitMs: null },
]

const kinds: Readonly<Record<WebhookChange['type'], string>> = { created: 'creation', changed: 'propertyChange', deleted: 'deletion' }

function item({ stream, id, type, n }: WebhookChange, attemptNumber: number): unknown {
  return {
    eventId: 4_101_286_000 + n,
    subscriptionId: 7_562_680,
    portalId: 247_187_887,
    appId: 50_780_459,
    occurredAt: 1_787_843_156_000,
    subscriptionType: `${eventNames[stream]}.${kinds[type]}`,
    attemptNumber,
    objectId: Number(id),
    ...(type === 'changed' && { propertyName: 'city', propertyValue: 'Zürich' }),
    changeSource: 'CRM_UI',
    sourceId: 'userId:4711',
  }
}

const webhook: WebhookSubject<HubspotConfig> = {
  toleranceMs: 300_000,
  signatureHeader: 'x-hubspot-signature-v3',
  body: (changes, attempt) => JSON.stringify(changes.map((change) => item(change, attempt))),
  brokenBody: (change) => JSON.stringify([{ eventId: 1, portalId: 2, subscriptionType: 'contact.creation' }, item(change, 0)]),
  sign(config, body, at) {
    const url = `${publicUrl}/hooks/hubspot`
    const signature = signV3(config.clientSecret, 'POST', url, body, at)
    const headers = { 'content-type': 'application/json', 'x-hubspot-request-timestamp': String(at), 'x-hubspot-signature-v3': signature }
    return { method: 'POST', url, headers, body: Buffer.from(body), receivedAt: Date.now() }
  },
  otherSecret: (config) => ({ ...config, clientSecret: 'another-secret' }),
}

/** HubSpot keeps the day on which a deal closes as a moment. */
function held(stream: string, properties: Fields): Fields {
  return stream === 'deals' ? { ...properties, closedate: String(properties['closedate']).slice(0, 10) } : properties
}

async function start(): Promise<Remote<HubspotConfig>> {
  const sandbox = await serveHubspot(0)
  const human = createHttp(sandbox.url, { authorization: `Bearer ${HUMAN_TOKEN}` })
  const path = (stream: string, rest: string): string => `/crm/v3/objects/${stream}${rest}`
  return {
    url: sandbox.url,
    config: { token: HUB_TOKEN, clientSecret: CLIENT_SECRET, baseUrl: sandbox.url, publicUrl },
    now: () => sandbox.clock.now(),
    plant: (stream, rows, at = sandbox.clock.now()) =>
      Promise.resolve(rows.map((row) => sandbox.store.plant(stream as Type, row as Readonly<Record<string, string>>, at).id)),
    edit: async (stream, id, properties) => void (await human('PATCH', path(stream, `/${id}`), { properties })),
    remove: async (stream, id) => void (await human('DELETE', path(stream, `/${id}`))),
    merge: async (stream, winner, loser) =>
      void (await human('POST', path(stream, '/merge'), { primaryObjectId: winner, objectIdToMerge: loser })),
    truth: (stream) =>
      Promise.resolve(
        new Map(
          [...sandbox.store.shelf(stream as Type).live.values()].map(({ id, properties }): [string, Fields] => [
            id,
            held(stream, properties),
          ]),
        ),
      ),
    // The search index lags in real time.
    settle: () => sleep(sandbox.settings.indexLagMs + 10),
    close: () => sandbox.close(),
  }
}

export const hubspotSubject: Subject<HubspotConfig> = {
  connector: hubspot,
  writeCalls: /^POST .*\/batch\/(upsert|create|update|archive)$/,
  limits,
  streams: { contacts, companies, deals, tickets },
  webhook,
  start,
}

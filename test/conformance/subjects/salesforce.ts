import { randomUUID } from 'node:crypto'
import { salesforce, type SalesforceConfig } from '@throughline/salesforce'
import { serveSalesforce } from '@throughline/salesforce/sandbox'
import type { Fields } from '@throughline/sdk'
import type { Remote, StreamSubject, Subject } from '../subject.ts'
import { createHttp } from './http.ts'

const types: Readonly<Record<string, string>> = {
  contacts: 'Contact',
  leads: 'Lead',
  accounts: 'Account',
  cases: 'Case',
  tasks: 'Task',
  opportunities: 'Opportunity',
  campaigns: 'Campaign',
}
const names = [`O'Brien`, 'The "Quoted" \\ One', '100 % _under', 'back\\', `\\' OR Name != '`, 'OBrien', 'The Quoted One']

const person = (
  city: string,
  country: string,
): Pick<StreamSubject, 'sample' | 'change' | 'clearable' | 'unmapped' | 'refused' | 'findable'> => ({
  sample: (n) => ({
    Email: `person-${n}@example.com`,
    FirstName: `Given ${n}`,
    LastName: `Family ${n}`,
    Phone: '+14155550123',
    Title: 'Buyer',
    [city]: 'Berlin',
    [country]: 'Germany',
  }),
  change: (n) => ({ Email: `changed-${n}@example.com`, FirstName: `Changed ${n}`, [city]: 'Hamburg' }),
  clearable: 'Title',
  unmapped: { Description: 'Likes anvils.', MobilePhone: '+4930123456' },
  refused: { Email: 'nowhere' },
  findable: { field: 'LastName', values: names },
})

const contacts: StreamSubject = { ...person('MailingCity', 'MailingCountry'), absentId: '003gL0zzzzzzzzzQAA' }
const lead = person('City', 'Country')
const leads: StreamSubject = { ...lead, sample: (n) => ({ ...lead.sample(n), Company: 'Acme' }), absentId: '00QgL0zzzzzzzzzUAA' }
const accounts: StreamSubject = {
  sample: (n) => ({
    Name: `Company ${n}`,
    Domain__c: `company-${n}.example.com`,
    Phone: '+14155550123',
    BillingCity: 'Berlin',
    BillingCountry: 'Germany',
  }),
  change: (n) => ({ Name: `Changed ${n}`, BillingCity: 'Hamburg' }),
  clearable: 'BillingCity',
  unmapped: { Description: 'Makes anvils.', Type: 'Prospect' },
  refused: { Name: 'x'.repeat(256) },
  absentId: '001gL0zzzzzzzzzQAA',
  findable: { field: 'Name', values: names },
}

const cases: StreamSubject = {
  sample: (n) => ({ Subject: `Case ${n}`, Description: 'The invoice of May is missing.', Status: 'New', Priority: 'Low' }),
  change: (n) => ({ Subject: `Changed ${n}`, Status: 'Working', Priority: 'High' }),
  clearable: 'Description',
  unmapped: { Origin: 'Web', Reason: 'Billing' },
  refused: { Status: 'Nowhere' },
  absentId: '500gL0zzzzzzzzzQAA',
  findable: { field: 'Subject', values: names },
}
const tasks: StreamSubject = {
  sample: (n) => ({ Subject: `Call ${n}`, Description: 'Ask about the invoice.', Status: 'Not Started' }),
  change: (n) => ({ Subject: `Changed ${n}`, Status: 'In Progress' }),
  clearable: 'Description',
  unmapped: { Priority: 'High' },
  refused: { Status: 'Nowhere' },
  absentId: '00TgL0zzzzzzzzzUAA',
  findable: { field: 'Subject', values: names },
}
const opportunities: StreamSubject = {
  sample: (n) => ({
    Name: `Deal ${n}`,
    StageName: 'Qualification',
    Amount: 100.5,
    CloseDate: '2026-06-30',
  }),
  change: (n) => ({ Name: `Changed ${n}`, StageName: 'Closed Won', Amount: 99 }),
  // The only text of a deal.
  clearable: 'Name',
  unmapped: { NextStep: 'Send the offer.', Type: 'New Business' },
  refused: { StageName: 'Nowhere' },
  absentId: '006gL0zzzzzzzzzQAA',
  findable: { field: 'Name', values: names },
}

const campaigns: StreamSubject = {
  sample: (n) => ({ Name: `Article ${n}`, Description: 'What it says.', Status: 'Planned', Campaign_Tag__c: 'Spring' }),
  change: (n) => ({ Name: `Changed ${n}`, Status: 'In Progress', Campaign_Tag__c: 'Autumn' }),
  clearable: 'Description',
  unmapped: { Type: 'Webinar', EndDate: '2026-06-30' },
  refused: { Campaign_Tag__c: 'x'.repeat(256) },
  absentId: '701gL0zzzzzzzzzQAA',
  findable: { field: 'Name', values: names },
}
/** What stands for an article was made by a hub; the org's other campaigns are not shown. */
const owned = (stream: string, rows: readonly Fields[]): readonly Fields[] =>
  stream === 'campaigns' ? rows.map((row) => ({ Throughline_Id__c: randomUUID(), ...row })) : rows

async function start(): Promise<Remote<SalesforceConfig>> {
  const sandbox = await serveSalesforce(0)
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'human', client_secret: 'human-secret' })
  const grant = await fetch(`${sandbox.url}/services/oauth2/token`, { method: 'POST', body: form })
  const { access_token: token } = (await grant.json()) as { access_token: string }
  const human = createHttp(`${sandbox.url}/services/data/v67.0`, { authorization: `Bearer ${token}` })
  const admin = createHttp(`${sandbox.url}/_sandbox`, {})
  return {
    url: sandbox.url,
    config: { instanceUrl: sandbox.url, clientId: 'throughline', clientSecret: 'salesforce-secret' },
    now: () => sandbox.org.now(),
    plant: async (stream, rows, at) => (await admin('POST', '/plant', { type: types[stream], rows: owned(stream, rows), at })) as string[],
    edit: async (stream, id, fields) => void (await human('PATCH', `/sobjects/${types[stream]}/${id}`, fields)),
    remove: async (stream, id) => void (await human('DELETE', `/sobjects/${types[stream]}/${id}`)),
    merge: async (stream, winner, loser) => void (await admin('POST', '/merge', { type: types[stream], master: winner, losers: [loser] })),
    truth(stream) {
      const rows = sandbox.org.store.table(types[stream] ?? '')?.rows ?? []
      const live = rows.filter((row) => row['IsDeleted'] !== true)
      return Promise.resolve(new Map(live.map((row): [string, Fields] => [String(row['Id']), { ...row }])))
    },
    close: () => sandbox.close(),
  }
}

export const salesforceSubject: Subject<SalesforceConfig> = {
  connector: salesforce,
  writeCalls: /^(PATCH|DELETE) .*\/composite\/sobjects/,
  limits: [
    {
      what: 'the daily quota',
      answer: { status: 403, body: [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }] },
      waitMs: null,
    },
    {
      what: 'too many calls at once',
      answer: {
        status: 403,
        body: [{ message: 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
        headers: { 'retry-after': '11' },
      },
      waitMs: 11_000,
    },
  ],
  streams: { contacts, leads, accounts, cases, tasks, opportunities, campaigns },
  start,
}

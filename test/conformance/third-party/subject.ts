import { createHmac } from 'node:crypto'
import type { Fields } from '@throughline/sdk'
import { createHttp } from '../subjects/http.ts'
import type { Remote, Subject } from '../subject.ts'
import { acmeDesk, type AcmeDeskConfig } from './acme-desk.ts'
import { serveAcmeDesk, TOKEN } from './sandbox.ts'

const NAMES = { created: 'created', changed: 'updated', deleted: 'deleted' } as const

/** A sandbox of its own for each law, and a person who works there without us. */
async function start(): Promise<Remote<AcmeDeskConfig>> {
  const sandbox = await serveAcmeDesk()
  const http = createHttp(sandbox.url, { authorization: `Bearer ${TOKEN}` })
  return {
    url: sandbox.url,
    config: { url: sandbox.url, token: TOKEN, webhookSecret: 'acme-webhook-secret' },
    now: () => Date.now(),
    plant: async (_stream, rows, at) => (await http('POST', '/_sandbox/plant', { rows, at })) as string[],
    edit: async (_stream, id, fields) => void (await http('PATCH', `/v1/people/${id}`, { fields })),
    remove: async (_stream, id) => void (await http('DELETE', `/v1/people/${id}`)),
    truth: async () => new Map(Object.entries((await http('POST', '/_sandbox/dump')) as Record<string, Fields>)),
    close: () => sandbox.close(),
  }
}

export const acmeDeskSubject: Subject<AcmeDeskConfig> = {
  connector: acmeDesk,
  writeCalls: /^(PUT|PATCH|DELETE) \/v1\/people/,
  limits: [
    { what: '429 with Retry-After', answer: { status: 429, headers: { 'retry-after': '7' } }, waitMs: 7_000 },
    { what: '429 without', answer: { status: 429 }, waitMs: null },
  ],
  streams: {
    people: {
      sample: (n) => ({
        email: `p${n}@example.com`,
        given_name: `Given ${n}`,
        family_name: `Family ${n}`,
        employer: 'Acme',
        stage: 'client',
      }),
      change: (n) => ({ email: `changed${n}@example.com`, given_name: `Changed ${n}` }),
      clearable: 'employer',
      unmapped: { desk: '44' },
      refused: { email: 'nowhere' },
      absentId: 'p9999999',
      findable: {
        field: 'email',
        values: [`o'brien@example.com`, `"a \\ b"@example.com`, 'per%cent_+under&x=1@example.com', 'obrien@example.com', 'a,b@example.com'],
      },
    },
  },
  webhook: {
    toleranceMs: 300_000,
    signatureHeader: 'x-acme-signature',
    body: (changes, attempt) =>
      JSON.stringify({
        attempt,
        events: changes.map(({ id, type, n }) => ({
          event_id: `${id}-${n}`,
          type: NAMES[type],
          person_id: id,
          at: `2026-11-20T12:00:0${n}Z`,
        })),
      }),
    brokenBody: ({ id, type, n }) =>
      JSON.stringify({ events: [{ event_id: 'broken' }, { event_id: `${id}-${n}`, type: NAMES[type], person_id: id }] }),
    sign(config, text, at) {
      const signature = createHmac('sha256', config.webhookSecret).update(`${at}.${text}`).digest('hex')
      return {
        method: 'POST',
        url: 'https://hub.example.com/hooks/acme-desk',
        headers: { 'x-acme-time': String(at), 'x-acme-signature': signature },
        body: Buffer.from(text),
        receivedAt: Date.now(),
      }
    },
    otherSecret: (config) => ({ ...config, webhookSecret: 'another-secret' }),
  },
  start,
}

import type { Fields } from '@throughline/sdk'
import type { Remote, Subject } from '../subject.ts'
import { createReference } from './connector.ts'
import type { Has } from './defects.ts'
import { serveReference, token } from './vendor.ts'
import { signature, toleranceMs } from './webhook.ts'
import type { ReferenceConfig } from './wire.ts'

/** The reference vendor and its connector as a subject, with the defects that `has` names; `marked` without anything to upsert by. */
export function referenceSubject(has: Has = () => false, marked = false): Subject<ReferenceConfig> {
  return {
    connector: createReference(has, marked),
    writeCalls: /^POST \/people\/batch$/,
    limits: [
      { what: '429 with Retry-After', answer: { status: 429, headers: { 'retry-after': '7' } }, waitMs: 7_000 },
      { what: '429 without', answer: { status: 429 }, waitMs: null },
    ],
    streams: {
      people: {
        sample: (n) => ({ mail: `person-${n}@example.com`, given: `Given ${n}`, family: `Family ${n}`, employer: 'Acme', role: 'Buyer' }),
        change: (n) => ({ mail: `changed-${n}@example.com`, given: `Changed ${n}` }),
        clearable: 'role',
        unmapped: { shoe: '44' },
        refused: { mail: 'nowhere' },
        absentId: 'pffffffff',
        findable: {
          field: 'mail',
          values: [
            `o'brien@example.com`,
            `"quoted \\ slash"@example.com`,
            'per%cent_under@example.com',
            'obrien@example.com',
            'quoted  slash@example.com',
          ],
        },
      },
    },
    webhook: {
      toleranceMs,
      signatureHeader: 'x-reference-signature',
      body: (changes, attempt) => JSON.stringify(changes.map(({ id, type, n }) => ({ event: `${id}-${n}`, id, type, attempt }))),
      brokenBody: ({ id, type, n }) => JSON.stringify([{ event: 'broken' }, { event: `${id}-${n}`, id, type, attempt: 0 }]),
      sign(config, text, at) {
        const body = Buffer.from(text)
        const headers = { 'x-reference-time': String(at), 'x-reference-signature': signature(config.webhookSecret, at, body) }
        return { method: 'POST', url: 'https://hub.example.com/hooks/reference', headers, body, receivedAt: at }
      },
      otherSecret: (config) => ({ ...config, webhookSecret: 'another-secret' }),
    },
    start,
  }
}

async function start(): Promise<Remote<ReferenceConfig>> {
  const sandbox = await serveReference()
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${sandbox.url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`)
    return answer.json()
  }
  const admin = (verb: string, body?: unknown): Promise<unknown> => send('POST', `/_sandbox/${verb}`, body)
  return {
    url: sandbox.url,
    config: { url: sandbox.url, token, webhookSecret: 'reference-webhook-secret' },
    now: () => Date.now(),
    plant: async (_stream, rows, at) => (await admin('plant', { rows, at })) as string[],
    edit: async (_stream, id, fields) => void (await send('PATCH', `/people/${id}`, fields)),
    remove: async (_stream, id) => void (await send('DELETE', `/people/${id}`)),
    merge: async (_stream, winner, loser) => void (await admin('merge', { winner, loser })),
    truth: async () => new Map(Object.entries((await admin('dump')) as Record<string, Fields>)),
    settle: async () => void (await admin('settle')),
    close: () => sandbox.close(),
  }
}

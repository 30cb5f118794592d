import { createHmac } from 'node:crypto'
import type { Outgoing } from '../sender.ts'
import type { Doc } from './path.ts'
import type { Operation } from './store.ts'

/** `t=<ms>,v1=<base64url>` over time, a dot and the body. */
export function sanitySignature(secret: string, body: string, time: number): string {
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('base64url')}`
}

/** What the projection `{_id, _type, _rev, _updatedAt, "operation": delta::operation()}` makes of a change. */
export function sanityEvent(
  operation: string,
  { _id, _type, _rev, _updatedAt }: Pick<Doc, '_id' | '_type' | '_rev' | '_updatedAt'>,
): string {
  return JSON.stringify({ _id, _type, _rev, _updatedAt, operation })
}

/** The webhook, built when it is sent: the signature carries that time, the key is the event's own. */
export function sanityWebhook(secret: string, operation: Operation, doc: Doc, transaction: string, now: number): () => Outgoing {
  const body = sanityEvent(operation, doc)
  return () => ({
    headers: {
      'content-type': 'application/json',
      'sanity-webhook-signature': sanitySignature(secret, body, Date.now()),
      'idempotency-key': `${transaction}-${doc._id}-${operation}`,
      'sanity-transaction-id': transaction,
      'sanity-transaction-time': new Date(now).toISOString(),
      'sanity-document-id': doc._id,
      'sanity-operation': operation,
      'sanity-project-id': 'project1',
      'sanity-dataset': 'production',
      'sanity-webhook-id': 'hub-webhook',
    },
    body,
  })
}

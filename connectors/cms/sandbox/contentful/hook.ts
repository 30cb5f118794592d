import { createHash, createHmac } from 'node:crypto'
import type { Outgoing } from '../sender.ts'
import type { Action, Entry } from './store.ts'

const NAMES = ['content-type', 'x-contentful-signed-headers', 'x-contentful-timestamp', 'x-contentful-topic']

/** The headers of a webhook, signed for a path and a time. */
export function contentfulHeaders(
  secret: string,
  path: string,
  topic: string,
  body: string,
  time: number,
  key?: string,
): Record<string, string> {
  const signed: Record<string, string> = {
    'content-type': 'application/vnd.contentful.management.v1+json',
    'x-contentful-signed-headers': NAMES.join(','),
    'x-contentful-timestamp': String(time),
    'x-contentful-topic': topic,
  }
  const canonical = ['POST', path, NAMES.map((name) => `${name}:${signed[name]}`).join(';'), body].join('\n')
  return {
    ...signed,
    'x-contentful-signature': createHmac('sha256', secret).update(canonical).digest('hex'),
    'x-contentful-idempotency-key':
      key ??
      createHash('sha256')
        .update(topic + body)
        .digest('hex'),
    'x-contentful-webhook-name': 'hub',
    'x-contentful-webhook-request-attempt': '1',
    'x-contentful-event-datetime': new Date(time).toISOString(),
  }
}

/** What Contentful sends of a change: the entry, or what is left of one that readers or editors no longer see. */
export function contentfulEvent(action: Action, entry: Entry, now: number): string {
  if (action !== 'delete' && action !== 'unpublish') return JSON.stringify(entry)
  const { id, space, environment, contentType, createdAt, updatedAt } = entry.sys
  const deletedAt = new Date(now).toISOString()
  return JSON.stringify({
    sys: { type: 'DeletedEntry', id, space, environment, contentType, revision: 1, createdAt, updatedAt, deletedAt },
  })
}

/** The webhook, built when it is sent: the signature carries that time and the target's path, the key is the event's own. */
export function contentfulWebhook(secret: string, action: Action, entry: Entry, event: number, now: number): (target: string) => Outgoing {
  const body = contentfulEvent(action, entry, now)
  const topic = `ContentManagement.Entry.${action}`
  const key = createHash('sha256').update(`${event} ${topic} ${body}`).digest('hex')
  return (target) => ({ headers: contentfulHeaders(secret, new URL(target).pathname, topic, body, Date.now(), key), body })
}

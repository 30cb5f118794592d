import { createHash } from 'node:crypto'
import { type RawRequest, type RawSignal, Refused } from '@throughline/sdk'
import type { GithubConfig } from './config.ts'
import { asObject } from './problem.ts'
import { recordOf } from './record.ts'
import { verify } from './signature.ts'

/** Every other action changes the issue. */
const KINDS: Readonly<Record<string, RawSignal['type']>> = { opened: 'created', deleted: 'deleted', transferred: 'deleted' }

/**
 * Verifies over the raw bytes. One request is one event; its delivery id, the same on a redelivery, is the deduplication
 * key. Events of other kinds and of other repositories are accepted and hold nothing. The whole issue comes along as `record`, unless it is gone.
 */
export function accept(
  config: GithubConfig,
  request: RawRequest,
  log: (message: string, details: Record<string, string>) => void,
): RawSignal[] {
  verify(config.webhookSecret, request)
  const text = textOf(request.body)
  const payload = parseObject(text)
  const event = request.headers['x-github-event'] ?? (payload.issue === undefined ? 'unknown' : 'issues')
  if (event !== 'issues') return []
  const id = request.headers['x-github-delivery'] ?? createHash('sha256').update(request.body).digest('hex')
  const { action, issue, repository, sender } = payload
  const unreadable = (why: string): RawSignal[] => [{ id, subject: null, type: 'unreadable', time: null, body: text, why }]
  const { full_name: name } = asObject(repository)
  if (typeof name !== 'string') return unreadable('the event names no repository')
  if (name.toLowerCase() !== config.repository.toLowerCase()) {
    log('Webhook of a repository that is not this connection', { repository: name })
    return []
  }
  if (typeof action !== 'string') return unreadable('the event names no action')
  if (asObject(issue).pull_request !== undefined) return []
  const record = recordOf(issue)
  if (!record) return unreadable('the event holds no issue with a number')
  const type = KINDS[action] ?? 'changed'
  const { id: actor } = asObject(sender)
  return [
    {
      id,
      subject: { stream: 'issues', externalId: record.id },
      type,
      time: record.modifiedText,
      body: text,
      // Deletes and transfers are read anew: what GitHub answers then tells them from a repository that cannot be read.
      ...(type !== 'deleted' && { record: { ...record, actor: typeof actor === 'number' ? String(actor) : null } }),
    },
  ]
}

function textOf(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch (cause) {
    throw new Refused('malformed', 'The body is not UTF-8', { cause })
  }
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Refused('malformed', "The body is not JSON: set the webhook's content type to application/json", { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refused('malformed', 'The body is not an event')
  return value as Record<string, unknown>
}

import type { Fields, RawRecord } from '@throughline/sdk'
import { labelsOf, type LabelWish, valueIn } from './labels.ts'
import { unmark } from './marker.ts'
import { asArray, asObject } from './problem.ts'

/** The remote property that the marker in the body is read as. */
export const RECORD_ID = 'throughline_id'

/** An issue of a list, a read or a webhook. `null` for anything else, also for the pull requests that GitHub lists among issues. */
export function recordOf(value: unknown): RawRecord | null {
  const { number, updated_at: updated, pull_request: pull } = asObject(value)
  if (!isNumber(number) || pull !== undefined) return null
  const modifiedAt = typeof updated === 'string' ? Date.parse(updated) : Number.NaN
  const modified = Number.isNaN(modifiedAt) ? { modifiedAt: null, modifiedText: null } : { modifiedAt, modifiedText: String(updated) }
  return { id: String(number), state: 'live', ...modified, actor: null, body: value }
}

/** An issue that was deleted or transferred to another repository: GitHub shows no more of it. */
export function tombstone(id: string): RawRecord {
  return { id, state: 'deleted', modifiedAt: null, modifiedText: null, actor: null, body: {} }
}

export function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

const PLAIN = ['title', 'state', 'state_reason', 'number', 'html_url', 'comments', 'locked', 'created_at', 'closed_at'] as const

export function decode(raw: RawRecord): Fields {
  const issue = asObject(raw.body)
  const fields: Record<string, unknown> = {}
  for (const name of PLAIN) if (issue[name] !== undefined) fields[name] = issue[name]
  if (issue.body === null) fields.body = null
  if (typeof issue.body === 'string') {
    const { text, recordId } = unmark(issue.body)
    fields.body = text === '' ? null : text
    fields[RECORD_ID] = recordId
  }
  const labels = labelsOf(issue)
  if (labels) {
    fields.labels = labels
    fields.priority = valueIn('priority', labels)
    if (typeof issue.state === 'string') fields.status = issue.state === 'open' ? (valueIn('status', labels) ?? 'open') : issue.state
  }
  if (issue.milestone !== undefined) fields.milestone = asObject(issue.milestone).title ?? null
  if (issue.assignees !== undefined) fields.assignees = asArray(issue.assignees).map((user) => asObject(user).login)
  const { login } = asObject(issue.user)
  if (login !== undefined) fields.author = login
  return fields
}

/** A patch as GitHub takes it: members of the issue, and what its labels shall say. */
export interface Encoded {
  readonly title?: string
  /** Without the marker. */
  readonly body?: string
  readonly state?: 'open' | 'closed'
  readonly labels: readonly LabelWish[]
}

/** Only these properties are written; GitHub offers the others, but no contract asks for them. */
export function encode(patch: Fields): Encoded {
  const labels: LabelWish[] = []
  const { title, body, status, priority } = patch
  if (priority !== undefined) labels.push({ group: 'priority', value: textOrNull(priority) })
  if (status === undefined || status === null) return { ...texts(title, body), labels }
  const isLabelled = status === 'new' || status === 'waiting'
  labels.push({ group: 'status', value: isLabelled ? status : null })
  // What is neither is left to the vendor to refuse.
  return { ...texts(title, body), state: isLabelled ? 'open' : (status as 'open' | 'closed'), labels }
}

function texts(title: unknown, body: unknown): { title?: string; body?: string } {
  return {
    ...(title === undefined ? {} : { title: textOrNull(title) ?? '' }),
    ...(body === undefined ? {} : { body: textOrNull(body) ?? '' }),
  }
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined || value === '' ? null : typeof value === 'string' ? value : JSON.stringify(value)
}

import { type Abilities, compareNumeric, compareText, type Fields, type RawRecord, type Stream } from '@throughline/sdk'
import { asText, timeOf } from '../shared/json.ts'
import type { Because, Description, StreamDescription } from './description.ts'
import { firstAt, putAt, valueAt } from './pointer.ts'

export interface DeclaredStream extends Stream {
  readonly name: string
  readonly described: StreamDescription
  /** One object of an answer; `null` for something without an id. */
  record(body: unknown): RawRecord | null
  /** The first field of a patch that cannot be written; `null` if all can. */
  unwritable(patch: Fields): string | null
}

export function createStream(name: string, description: Description): DeclaredStream {
  const described = description.streams[name]!
  const entries = Object.entries(described.fields)

  return {
    name,
    described,
    entity: described.entity,
    can: abilitiesOf(description, described),
    compareIds: described.id.order === 'number' ? compareNumeric : compareText,
    record(body) {
      const id = idOf(valueAt(body, described.id.at))
      if (id === null) return null
      const text = asText(firstAt(body, described.modified))
      const { trash } = described
      const state = trash?.is.includes(String(valueAt(body, trash.at))) ? 'deleted' : 'live'
      return { id, state, modifiedAt: timeOf(text), modifiedText: text, actor: null, body }
    },
    decode({ body }) {
      const fields: Record<string, unknown> = {}
      for (const [field, { at, empty }] of entries) {
        const value = valueAt(body, at)
        if (value === undefined || (typeof value === 'object' && value !== null)) continue
        fields[field] = empty !== undefined && value === empty ? null : value
      }
      return fields
    },
    encode(patch) {
      const body: Record<string, unknown> = {}
      for (const [field, { at, write, empty }] of entries) {
        if (field in patch) putAt(body, write ?? at, patch[field] === null && empty !== undefined ? empty : patch[field])
      }
      return body
    },
    unwritable: (patch) => Object.keys(patch).find((field) => described.fields[field]?.readOnly ?? !(field in described.fields)) ?? null,
  }
}

/** Ids come as text or as whole numbers; one beyond exact numbers would point to another object. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null
  return asText(value)
}

function abilitiesOf({ title, webhook }: Description, described: StreamDescription): Abilities {
  const { changes, find, create, update, marker, page } = described
  return {
    webhook: hookAbility(title, webhook),
    pull: ability(changes),
    list: true,
    find: ability(find),
    write: 'because' in create ? create : ability(update),
    delete: ability(described.delete),
    merge: { because: `${title} has no merging that it would tell of.` },
    upsertBy: { because: `${title} has no upsert that a description could name.` },
    ...(marker === undefined ? {} : { markedBy: marker }),
    versionCheck: { because: `${title} is not described as checking versions.` },
    batch: { read: page, write: 1, find: Math.max(1, Math.floor(page / 2)), page },
    visibilityMs: 5_000,
  }
}

function hookAbility(title: string, webhook: Description['webhook']): Abilities['webhook'] {
  if (!webhook) return { because: `${title} is described without webhooks.` }
  if (webhook.signature.scheme === 'hmac-sha256') return true
  return { because: `${title} signs nothing: webhooks are taken as hints which object to read.` }
}

function ability(described: object | Because): Abilities['list'] {
  return 'because' in described ? (described as Because) : true
}

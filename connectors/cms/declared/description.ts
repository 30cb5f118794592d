import { readFileSync } from 'node:fs'
import { createAjv, DocumentError, readDocument } from '@throughline/contracts'

export type Because = { readonly because: string }
export type Query = Readonly<Record<string, string>>

export interface Route {
  readonly path: string
  readonly query?: Query
}

export type Paging =
  | { readonly kind: 'after'; readonly query: Query }
  | { readonly kind: 'offset' | 'page'; readonly query: Query }
  | { readonly kind: 'link' }
  | { readonly kind: 'cursor'; readonly query: Query; readonly cursor: string }

export interface Write extends Route {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly into?: string
  readonly record?: string
}

export interface Field {
  readonly at: string
  readonly write?: string
  readonly readOnly?: boolean
  readonly empty?: string
}

export interface StreamDescription {
  readonly entity: string
  readonly mapping: string
  readonly collection: string
  readonly id: { readonly at: string; readonly order: 'number' | 'text' }
  readonly modified: readonly string[]
  readonly marker?: string
  readonly trash?: { readonly at: string; readonly is: readonly string[] }
  readonly fields: Readonly<Record<string, Field>>
  readonly records: string
  readonly page: number
  readonly gone: readonly number[]
  readonly read: Route
  readonly list: Route & { readonly paging: Paging }
  readonly changes: (Route & { readonly after: Query }) | Because
  readonly find: (Route & { readonly fields: Readonly<Record<string, Query>> }) | Because
  readonly create: Write | Because
  readonly update: Write | Because
  readonly delete: Write | Because
}

export type Source = { readonly body: string } | { readonly header: string }

export type Signature =
  | { readonly scheme: 'none'; readonly because: string }
  | { readonly scheme: 'token'; readonly header: string }
  | {
      readonly scheme: 'hmac-sha256'
      readonly header: string
      readonly encoding: 'hex' | 'base64'
      readonly prefix?: string
      readonly signed: string
      readonly timestamp?: { readonly header: string; readonly unit: 's' | 'ms' }
    }

export interface WebhookDescription {
  readonly signature: Signature
  readonly redelivers: boolean
  readonly items?: string
  readonly event: Source
  readonly collection: Source
  readonly ids: readonly string[]
  readonly time?: string
  readonly events: Readonly<Record<string, 'created' | 'changed' | 'deleted' | 'restored'>>
}

/** One content system, once its file keeps `formats/declared.schema.json` of the contracts. */
export interface Description {
  readonly declared: string
  readonly version: string
  readonly title: string
  readonly limits: { readonly calls: number; readonly per: number }
  readonly auth: { readonly header: string; readonly value: string }
  readonly check: Route
  readonly error?: string
  readonly webhook?: WebhookDescription
  readonly streams: Readonly<Record<string, StreamDescription>>
}

const SCHEMA = import.meta.resolve('@throughline/contracts').replace(/src\/[^/]+$/, 'formats/declared.schema.json')
let keeps: ReturnType<ReturnType<typeof createAjv>['compile']> | undefined

/** Reads a description; throws `DocumentError` with every fault and its place. */
export function parseDescription(text: string, file: string): Description {
  keeps ??= createAjv().compile(JSON.parse(readFileSync(new URL(SCHEMA), 'utf8')) as object)
  const { value, faults, at } = readDocument(text, keeps)
  if (faults.length > 0) throw new DocumentError(file, faults)
  const description = value as Description
  const wrong = (path: readonly string[], what: string, next: string) => ({
    ...at(path),
    what,
    why: 'the description contradicts itself',
    next,
  })
  const contradictions = Object.entries(description.streams).flatMap(([name, { marker, fields, find, create }]) => {
    if (marker === undefined) return []
    const path = ['streams', name, 'marker']
    if (!(marker in fields)) return [wrong(path, `the marker "${marker}" is no field`, 'Describe it among the fields.')]
    const isFound = !('because' in find) && marker in find.fields
    return isFound || 'because' in create ? [] : [wrong(path, `the marker "${marker}" cannot be found`, 'Add it to the fields of find.')]
  })
  const signature = description.webhook?.signature
  if (signature?.scheme === 'hmac-sha256' && (signature.timestamp !== undefined) !== signature.signed.includes('{timestamp}')) {
    contradictions.push(
      wrong(['webhook', 'signature'], 'a time that is not signed proves nothing', 'Give both timestamp and {timestamp}, or neither.'),
    )
  }
  if (contradictions.length > 0) throw new DocumentError(file, contradictions)
  return description
}

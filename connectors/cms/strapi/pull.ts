import type { Page } from '@throughline/sdk'
import { comparePositions, type Position, positionAt, readCursor, START } from '../shared/cursor.ts'
import { asObject, type Json, timeOf } from '../shared/json.ts'
import { changes } from '../shared/walk.ts'
import { type Query, type StrapiClient } from './client.ts'
import { byIds, documents, PAGE } from './documents.ts'
import { byDocument, recordOf } from './record.ts'
import { articles } from './stream.ts'

/** A row becomes visible when its transaction commits, which is after its time. */
const OVERLAP_MS = 5_000

/**
 * Edits in the order of the drafts' (updatedAt, documentId), then what was published since the last pull: publishing alone
 * leaves the draft's time as it was. Unpublishing leaves no time anywhere; webhooks and the full list see it.
 */
export async function* pull(client: StrapiClient, text: string | null, signal: AbortSignal): AsyncGenerator<Page> {
  const parts = text === null ? null : readCursor(text, 4)
  const edits = parts ? positionAt(parts, 0) : START
  let seen = parts ? positionAt(parts, 2) : null
  let stored = edits
  const cursor = (at: Position, published: Position): string => JSON.stringify([at.time, at.id, published.time, published.id])

  const walk = { vendor: 'Strapi', compareIds: articles.compareIds, overlapMs: OVERLAP_MS }
  const edited = changes(
    {
      ...walk,
      async fetch(after) {
        const page = await documents(client, [...following('updatedAt', after), ...sorted('updatedAt')], signal)
        // Before the first page is read every article is unseen, published or not.
        seen ??= { time: page.vendorTime - OVERLAP_MS, id: '' }
        return page
      },
      cursor: (at) => cursor((stored = at), seen ?? START),
    },
    edits,
  )
  yield* edited
  if (parts === null || seen === null) return
  yield* changes(
    {
      ...walk,
      async fetch(after) {
        const { rows, vendorTime } = await client.rows(
          'published',
          [...following('publishedAt', after), ...sorted('publishedAt'), SIZE],
          signal,
        )
        const published = byDocument(rows)
        const drafts =
          rows.length === 0 ? new Map<string, Json>() : byDocument((await client.rows('draft', byIds([...published.keys()]), signal)).rows)
        const records = [...published].flatMap(([id, row]) => {
          const draft = drafts.get(id)
          const record = draft ? recordOf({ draft, published: row }) : null
          return record ? [record] : []
        })
        return { records, full: rows.length >= PAGE, vendorTime }
      },
      time: (record) => timeOf(asObject(asObject(record.body).published).publishedAt),
      cursor: (at) => cursor(stored, at),
    },
    seen,
  )
}

const SIZE = ['pagination[pageSize]', String(PAGE)] as const

const sorted = (time: string): Query => [
  ['sort[0]', `${time}:asc`],
  ['sort[1]', 'documentId:asc'],
]

/** Strictly after the tuple (time, documentId). */
function following(field: string, after: Position): Query {
  if (comparePositions(articles.compareIds, after, START) <= 0) return []
  const at = new Date(after.time).toISOString()
  return [
    [`filters[$or][0][${field}][$gt]`, at],
    [`filters[$or][1][$and][0][${field}][$eq]`, at],
    ['filters[$or][1][$and][1][documentId][$gt]', after.id],
  ]
}

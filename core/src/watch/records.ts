import { and, desc, eq, inArray, lt, type SQL } from 'drizzle-orm'
import { history, identities, links, records } from '../db/schema.ts'
import type { Agreement, Change, RecordFields } from '../sync/state.ts'
import { parsed, slice, type Ask, type Query, type Slice } from './slice.ts'

export interface RecordView {
  readonly id: string
  readonly entity: string
  readonly version: number
  /** field → value with its provenance. */
  readonly fields: RecordFields
  readonly createdAt: number
  readonly updatedAt: number
}

export interface LinkView {
  readonly id: string
  readonly connection: string
  readonly stream: string
  readonly externalId: string | null
  readonly state: string
  /** field → what both sides last agreed on. */
  readonly agreed: Readonly<Record<string, Agreement>>
  /** field → value of the write that is out. */
  readonly intents: Readonly<Record<string, unknown>>
  readonly remoteAt: number | null
  readonly mapping: string
}

export interface VersionView {
  readonly version: number
  readonly at: number
  readonly event: number | null
  readonly changes: readonly Change[]
}

export interface RecordDetail extends RecordView {
  readonly identities: readonly { readonly kind: string; readonly value: string; readonly state: string }[]
  readonly links: readonly LinkView[]
  /** The newest versions first; at most `HISTORY`. */
  readonly history: readonly VersionView[]
}

export interface RecordFilter {
  readonly entity?: string
  /** A normalised identity value, for instance an e-mail address in lower case. */
  readonly identity?: string
  readonly connection?: string
  readonly externalId?: string
}

const HISTORY = 100

export async function listRecords(query: Query, filter: RecordFilter, ask: Ask): Promise<Slice<RecordView>> {
  const where: SQL[] = []
  if (ask.after !== null) where.push(lt(records.id, String(ask.after)))
  if (filter.entity !== undefined) where.push(eq(records.entity, filter.entity))
  if (filter.identity !== undefined)
    where.push(inArray(records.id, query.select({ id: identities.recordId }).from(identities).where(eq(identities.value, filter.identity))))
  if (filter.connection !== undefined || filter.externalId !== undefined) {
    const linked: SQL[] = []
    if (filter.connection !== undefined) linked.push(eq(links.connection, filter.connection))
    if (filter.externalId !== undefined) linked.push(eq(links.externalId, filter.externalId))
    where.push(
      inArray(
        records.id,
        query
          .select({ id: links.recordId })
          .from(links)
          .where(and(...linked)),
      ),
    )
  }
  const rows = await query
    .select()
    .from(records)
    .where(and(...where))
    .orderBy(desc(records.id))
    .limit(ask.limit + 1)
  return slice(rows, ask.limit, (row) => row.id, show)
}

export async function oneRecord(query: Query, id: string): Promise<RecordDetail | null> {
  const [row] = await query.select().from(records).where(eq(records.id, id)).limit(1)
  if (!row) return null
  const [ids, linked, versions] = await Promise.all([
    query
      .select({ kind: identities.kind, value: identities.value, state: identities.state })
      .from(identities)
      .where(eq(identities.recordId, id)),
    query.select().from(links).where(eq(links.recordId, id)),
    query.select().from(history).where(eq(history.recordId, id)).orderBy(desc(history.version)).limit(HISTORY),
  ])
  return {
    ...show(row),
    identities: ids,
    links: linked.map((link) => ({
      id: link.id,
      connection: link.connection,
      stream: link.stream,
      externalId: link.externalId,
      state: link.state,
      agreed: parsed(link.agreed) as LinkView['agreed'],
      intents: parsed(link.intents) as LinkView['intents'],
      remoteAt: link.remoteAt,
      mapping: link.mapping,
    })),
    history: versions.map(({ version, at, event, changes }) => ({ version, at, event, changes: parsed(changes) as readonly Change[] })),
  }
}

function show(row: typeof records.$inferSelect): RecordView {
  const { id, entity, version, fields, createdAt, updatedAt } = row
  return { id, entity, version, fields: parsed(fields) as RecordFields, createdAt, updatedAt }
}

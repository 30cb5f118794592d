import { and, desc, eq, lt, type SQL } from 'drizzle-orm'
import { audit, exceptions } from '../db/schema.ts'
import { parsed, readable, slice, type Ask, type Query, type Slice } from './slice.ts'

export interface ExceptionView {
  readonly id: string
  readonly class: string
  readonly state: string
  readonly fingerprint: string
  readonly connection: string | null
  readonly recordId: string | null
  readonly event: number | null
  readonly detail: unknown
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
}

export interface ExceptionFilter {
  readonly state?: string
  readonly class?: string
  readonly connection?: string
}

export interface AuditView {
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly reason: string | null
  readonly before: unknown
  readonly after: unknown
}

export interface AuditFilter {
  readonly action?: string
  readonly subject?: string
}

export async function listExceptions(query: Query, filter: ExceptionFilter, ask: Ask): Promise<Slice<ExceptionView>> {
  const where: SQL[] = []
  if (ask.after !== null) where.push(lt(exceptions.id, String(ask.after)))
  if (filter.state !== undefined) where.push(eq(exceptions.state, filter.state))
  if (filter.class !== undefined) where.push(eq(exceptions.class, filter.class))
  if (filter.connection !== undefined) where.push(eq(exceptions.connection, filter.connection))
  const rows = await query
    .select()
    .from(exceptions)
    .where(and(...where))
    .orderBy(desc(exceptions.id))
    .limit(ask.limit + 1)
  return slice(
    rows,
    ask.limit,
    (row) => row.id,
    (row) => ({ ...row, detail: readable(row.detail) }),
  )
}

export async function listAudit(query: Query, filter: AuditFilter, ask: Ask): Promise<Slice<AuditView>> {
  const where: SQL[] = []
  if (ask.after !== null) where.push(lt(audit.seq, Number(ask.after)))
  if (filter.action !== undefined) where.push(eq(audit.action, filter.action))
  if (filter.subject !== undefined) where.push(eq(audit.subject, filter.subject))
  const rows = await query
    .select()
    .from(audit)
    .where(and(...where))
    .orderBy(desc(audit.seq))
    .limit(ask.limit + 1)
  return slice(
    rows,
    ask.limit,
    (row) => row.seq,
    ({ seq, at, actor, action, subject, reason, before, after }) => ({
      seq,
      at,
      actor,
      action,
      subject,
      reason,
      before: parsed(before),
      after: parsed(after),
    }),
  )
}

import type { Field, ObjectType, Row } from './objects.ts'
import type { Saved, Store } from './store.ts'

export type Upserted = Saved | { readonly ok: 'many'; readonly ids: readonly string[] }

/** Creates or updates by an external id, whatever its case. Rows in the recycle bin do not count. */
export function upsert(
  store: Store,
  type: ObjectType,
  by: Field,
  value: string,
  input: Readonly<Record<string, unknown>>,
  user: string,
  apply = true,
): Upserted {
  const found: Row[] = (store.table(type.name)?.lookUp(by.name, value.trim()) ?? []).filter((row) => row['IsDeleted'] !== true)
  const [only] = found
  if (found.length > 1) return { ok: 'many', ids: found.map((row) => String(row['Id'])) }
  if (only) return store.update(type, String(only['Id']), input, user, apply)
  return store.create(type, { ...input, [by.name]: value }, user, apply)
}

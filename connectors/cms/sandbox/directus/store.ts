export interface Item {
  readonly id: number
  date_created: string
  date_updated: string
  [field: string]: unknown
}

type Refuse = (status: number, code?: string) => Error
export type Tell = (event: 'create' | 'update' | 'delete', payload: unknown, keys: readonly number[]) => void
export type Store = ReturnType<typeof createStore>

const FIELDS = ['title', 'slug', 'summary', 'status', 'campaign', 'date_published', 'throughline_id', 'body'] as const
export const ATTRIBUTES: ReadonlySet<string> = new Set([...FIELDS, 'id', 'date_created', 'date_updated'])
const LONGEST = 255

/** Items in memory. `date_updated` is set on create as well, as the collection is set up. */
export function createStore(tell: Tell, refuse: Refuse) {
  const items = new Map<number, Item>()
  let nextId = 0

  function validate(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    for (const [name, value] of Object.entries(data)) {
      if (!(FIELDS as readonly string[]).includes(name)) throw refuse(403)
      if (value !== null && typeof value !== 'string') throw refuse(400, 'FAILED_VALIDATION')
      if (name !== 'body' && typeof value === 'string' && value.length > LONGEST) throw refuse(400, 'VALUE_TOO_LONG')
    }
    if (data['status'] !== undefined && !['draft', 'published', 'archived'].includes(String(data['status'])))
      throw refuse(400, 'FAILED_VALIDATION')
    return data
  }

  return {
    items,
    clear: () => items.clear(),
    create(data: Readonly<Record<string, unknown>>, now: number): Item {
      const valid = validate(data)
      nextId += 1
      const at = new Date(now).toISOString()
      const empty = Object.fromEntries(FIELDS.map((name) => [name, null]))
      const item: Item = { id: nextId, ...empty, status: 'draft', ...valid, date_created: at, date_updated: at }
      items.set(item.id, item)
      tell('create', data, [item.id])
      return item
    },
    update(ids: readonly number[], data: Readonly<Record<string, unknown>>, now: number): Item[] {
      const valid = validate(data)
      const changed = ids.flatMap((id) => items.get(id) ?? [])
      for (const item of changed) Object.assign(item, valid, { date_updated: new Date(now).toISOString() })
      tell('update', data, ids)
      return changed
    },
    remove(ids: readonly number[]): void {
      for (const id of ids) items.delete(id)
      tell('delete', ids, ids)
    },
  }
}

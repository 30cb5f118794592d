import type { Store } from '../db/store.ts'
import { LINK_COLUMNS, RECORD_COLUMNS, toLink, toRecord, type LinkRow, type RecordRow } from '../sync/rows.ts'
import type { LinkState, RecordState } from '../sync/state.ts'

const LINKS_BY_ID = `SELECT ${LINK_COLUMNS} FROM json_each(?) j CROSS JOIN links l ON l.id = j.value`
const RECORDS_BY_ID = `SELECT ${RECORD_COLUMNS} FROM json_each(?) j CROSS JOIN records r ON r.id = j.value`

/** The links and records of these deliveries as they are now. */
export async function loadHeld(
  store: Store,
  rows: readonly { readonly link_id: string; readonly record_id: string }[],
): Promise<{ readonly links: ReadonlyMap<string, LinkState>; readonly records: ReadonlyMap<string, RecordState> }> {
  const links = await loadLinks(
    store,
    rows.map((row) => row.link_id),
  )
  const records = await store.all<RecordRow>(RECORDS_BY_ID, [JSON.stringify(rows.map((row) => row.record_id))])
  return { links, records: new Map(records.map((row) => [row.id, toRecord(row)])) }
}

export async function loadLinks(store: Store, ids: readonly string[]): Promise<ReadonlyMap<string, LinkState>> {
  const rows = await store.all<LinkRow>(LINKS_BY_ID, [JSON.stringify(ids)])
  return new Map(rows.map((row) => [row.id, toLink(row)]))
}

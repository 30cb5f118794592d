import type { RawRecord } from '@throughline/sdk'
import type { Row } from '../db/port.ts'
import type { Store } from '../db/store.ts'
import { isUnmoved } from '../sync/merge.ts'
import type { Route } from '../routes.ts'
import type { LinkState } from '../sync/state.ts'
import { snapshotHash } from '../log/snapshot.ts'

const KNOWN = `SELECT l.external_id, l.raw_hash, CASE WHEN l.raw_hash IS NULL AND l.state = 'open' THEN l.agreed END AS agreed
FROM json_each(?) j CROSS JOIN links l ON l.connection = ? AND l.stream = ? AND l.external_id = j.value`

interface KnownRow extends Row {
  readonly external_id: string
  readonly raw_hash: string | null
  readonly agreed: string | null
}

/**
 * Of these objects, those worth a place in the log: not what their link last applied, and not the mere echo of our own last
 * write. A receipt clears the link's fingerprint; what then shows nothing but agreed values is that write coming back.
 */
export async function withoutUnchanged(store: Store, route: Route, records: readonly RawRecord[]): Promise<RawRecord[]> {
  const rows = await store.all<KnownRow>(KNOWN, [JSON.stringify(records.map((raw) => raw.id)), route.connection, route.name])
  const known = new Map(rows.map((row) => [row.external_id, row]))
  return records.filter((raw) => {
    const row = known.get(raw.id)
    if (!row) return true
    if (row.agreed !== null) return !isEcho(route, raw, JSON.parse(row.agreed) as LinkState['agreed'])
    return row.raw_hash !== snapshotHash(raw)
  })
}

function isEcho(route: Route, raw: RawRecord, agreed: LinkState['agreed']): boolean {
  if (raw.state !== 'live') return false
  const remote = route.stream.decode(raw)
  const { values, problems } = route.mapping.toCanonical(remote)
  if (problems.length > 0) return false
  return route.mapping.fields.every((field) => {
    const shown = values[field.field]
    if (field.direction === 'out' || shown === undefined) return true
    const base = agreed[field.field]
    return base === undefined ? shown === null : isUnmoved(field, base, shown, remote[field.remote])
  })
}

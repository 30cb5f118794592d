import { statement, type Statement } from '../db/port.ts'
import type { Route } from '../routes.ts'

const IN_DOUBT = `UPDATE deliveries SET state = 'unknown', next_at = ?, why = 'the hub stopped while it was out'
WHERE connection = ? AND stream = ? AND state = 'claimed'`

/**
 * What a hub that is alone on its database does at its start: the process before it is dead, so its leases end now.
 * Its claimed writes may have landed, or may still land for as long as the vendor takes over an aborted call: after that
 * they are looked up before anything is sent.
 */
export function takeOver(now: number, routes: readonly Pick<Route, 'connection' | 'name' | 'stream'>[]): Statement[] {
  return [
    ...routes.map(({ connection, name, stream }) => statement(IN_DOUBT, now + stream.can.visibilityMs, connection, name)),
    statement('UPDATE lanes SET owner = NULL, lease_until = 0'),
    statement('UPDATE fetches SET lease_until = 0 WHERE lease_until > 0'),
    statement('UPDATE cursors SET owner = NULL, lease_until = 0'),
    statement('DELETE FROM nodes'),
  ]
}

import { statement, type Statement } from '../db/port.ts'

/** Conservative bound on how long a dead process's last request may still land over there. */
const LANDING_MS = 3_000

/**
 * What a hub that is alone on its database does at its start: the process before it is dead, so its leases end now.
 * Its claimed writes may have landed: they are looked up before anything is sent.
 */
export function takeOver(now: number): Statement[] {
  return [
    statement(
      "UPDATE deliveries SET state = 'unknown', next_at = ?, why = 'the hub stopped while it was out' WHERE state = 'claimed'",
      now + LANDING_MS,
    ),
    statement('UPDATE lanes SET owner = NULL, lease_until = 0'),
    statement('UPDATE fetches SET lease_until = 0 WHERE lease_until > 0'),
    statement('UPDATE cursors SET owner = NULL, lease_until = 0'),
    statement('DELETE FROM nodes'),
  ]
}

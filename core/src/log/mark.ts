import { EACH } from '../db/each.ts'

/** Marks objects for reading: time, then rows of connection, stream, external id, event. One mark per object, however often it is set. */
export const MARK = `INSERT INTO fetches (connection, stream, external_id, seq, next_at, attempt, lease_until)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, ?, 0, 0 FROM ${EACH} j WHERE true
ON CONFLICT (connection, stream, external_id) DO UPDATE SET seq = max(seq, excluded.seq), next_at = min(next_at, excluded.next_at)`

/**
 * Opens exceptions, or counts on those that are open under the same fingerprint: time, time, then rows of id, class, fingerprint,
 * connection, record, event, detail.
 */
export const OPEN_EXCEPTION = `INSERT INTO exceptions (id, class, state, fingerprint, connection, record_id, event, detail, count, first_at, last_at)
SELECT j.value ->> 0, j.value ->> 1, 'open', j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6, 1, ?, ? FROM json_each(?) j WHERE true
ON CONFLICT (fingerprint) WHERE state = 'open' DO UPDATE SET count = count + 1, last_at = excluded.last_at, detail = excluded.detail, event = excluded.event`

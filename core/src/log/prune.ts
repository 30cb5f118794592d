import type { Clock } from '../clock.ts'
import { statement } from '../db/port.ts'
import type { Store } from '../db/store.ts'
import type { Step } from '../stage.ts'

const DAY_MS = 86_400_000
const KEYS_KEPT_MS = 30 * DAY_MS
const SLICE = 2_000

/**
 * Deduplication keys end with the window in which a vendor may repeat itself; in slices, so that no commit is long. The
 * oldest have the lowest rowids: only those are looked at, for a scan of millions of keys would stop the main thread.
 */
const OLDEST = '(SELECT rowid, at FROM seen ORDER BY rowid LIMIT ?)'
const DUE = `SELECT count(*) AS n FROM ${OLDEST} WHERE at < ?`
const FORGET = `DELETE FROM seen WHERE rowid IN (SELECT rowid FROM ${OLDEST} WHERE at < ?)`

/** Housekeeping: forgets deduplication keys after 30 days and commit ids after a day. Runs hourly; repeats are harmless. */
export function createPrune(store: Store, clock: Clock): { step(): Promise<Step> } {
  return {
    step: async () => {
      const now = clock.now()
      await store.prune(now - DAY_MS)
      const due = await store.all<{ n: number }>(DUE, [SLICE, now - KEYS_KEPT_MS])
      if (due[0]!.n > 0) await store.commit([statement(FORGET, SLICE, now - KEYS_KEPT_MS)])
      return { more: due[0]!.n === SLICE, wakes: false, at: now + 3_600_000 }
    },
  }
}

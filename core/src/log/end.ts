import type { Store } from '../db/store.ts'

/** The log's newest `seq`, also when the newest rows were pruned. 0 for an empty log. */
export const LOG_END = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS seq"

/** The log's end now: what a read that begins now is sure to have seen. */
export async function logEnd(store: Store): Promise<number> {
  const [row] = await store.all<{ seq: number }>(LOG_END)
  return row!.seq
}

import type { Clock } from '../clock.ts'
import { AnswerLost, BatchAborted, statement, type Db } from './port.ts'

/**
 * Finds out whether the batch with this commit id is stored, after its answer was lost. A batch that is still under way must not
 * land after we looked, so we do not merely look: we take the id ourselves, with a negative time, unless the batch has it already.
 * From then on that batch would abort on its own commit id.
 * @returns 'unknown' when the database gave no answer for `patience` milliseconds.
 */
export async function settle(db: Db, clock: Clock, id: string, patience: number): Promise<'stored' | 'absent' | 'unknown'> {
  const since = clock.now()
  for (let attempt = 0; ; attempt++) {
    try {
      const [, rows] = await db.batch([
        statement('INSERT OR IGNORE INTO commits (id, at) VALUES (?, ?)', id, -1 - clock.now()),
        statement('SELECT at FROM commits WHERE id = ?', id),
      ])
      return (rows![0]!.at as number) >= 0 ? 'stored' : 'absent'
    } catch (error) {
      const mayPass = error instanceof AnswerLost || (error instanceof BatchAborted && (error.index === -1 || error.kind === 'full'))
      if (!mayPass) throw error
      const waited = clock.now() - since
      if (waited >= patience) return 'unknown'
      await clock.sleep(Math.min(50 * 2 ** attempt, 2_000, Math.max(1, patience - waited)))
    }
  }
}

import { seededRandom } from '@throughline/sdk/sandbox'
import type { Planted } from './store.ts'

const SUBJECTS = [
  'Invoice is missing',
  'Cannot log in',
  'Export stops half-way',
  'Wrong address on the label',
  'Please raise our limit',
  'Report shows last year',
]
const TEXTS = ['It worked until Monday.', 'We tried twice.\r\n\r\nBoth times the same.', 'See the **attachment**.', '']
const PRIORITIES = ['priority:low', 'priority:medium', 'priority:high', 'priority:urgent']
const OTHERS = ['bug', 'question', 'good first issue']
const MONTH = 30 * 24 * 3_600_000

/** Equal arguments give equal rows, spread over the last month, untidy as an issue tracker is. */
export function seedRows(count: number, seed: number, now: number): { row: Planted; at: number }[] {
  const random = seededRandom(seed)
  const one = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  return Array.from({ length: count }, (_, index) => {
    const labels = [...(random() < 0.5 ? [one(PRIORITIES)] : []), ...(random() < 0.5 ? [one(OTHERS)] : [])]
    const text = one(TEXTS)
    return {
      row: { title: `${one(SUBJECTS)} (${index + 1})`, body: text === '' ? null : text, state: random() < 0.3 ? 'closed' : 'open', labels },
      at: Math.floor(now - MONTH + (MONTH * index) / count),
    }
  })
}

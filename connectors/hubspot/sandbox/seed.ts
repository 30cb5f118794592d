import { seededRandom } from '@throughline/sdk/sandbox'
import type { SandboxClock } from './clock.ts'
import { company, deal, person, ticket } from './people.ts'
import { acceptedNew } from './properties.ts'
import type { Store } from './store.ts'
import type { Change, ObjectType, Settings, Source } from './types.ts'

export interface SeedOrder {
  readonly people?: number
  readonly companies?: number
  readonly deals?: number
  readonly tickets?: number
  readonly seed?: number
  /** `spread` over the last year (default), or all `equal` to now. */
  readonly times?: 'spread' | 'equal'
  /** Whether webhooks tell of them, as of an import by a person; not by default. */
  readonly webhooks?: boolean
}

const YEAR = 365 * 24 * 3_600_000

/** Equal orders on equal stores plant equal objects, apart from their times. Repeating an order adds other people. */
export function plantSeed(
  store: Store,
  clock: SandboxClock,
  settings: Settings,
  order: SeedOrder,
  source: Source,
  tell: (change: Change) => void,
): { people: number; companies: number } {
  const random = seededRandom(order.seed ?? 1)
  const now = clock.now()
  const plant = (type: ObjectType, count: number, make: (index: number, random: () => number) => Record<string, string>): void => {
    const before = store.shelf(type).live.size
    for (let index = 0; index < count; index += 1) {
      const at = order.times === 'equal' ? now : Math.floor(now - YEAR + (YEAR * index) / count)
      const { id } = store.plant(type, acceptedNew(type, make(before + index, random), settings), at)
      if (order.webhooks) tell({ type, kind: 'creation', id, at, source })
    }
  }
  plant('companies', order.companies ?? 0, company)
  plant('contacts', order.people ?? 0, person)
  plant('deals', order.deals ?? 0, deal)
  plant('tickets', order.tickets ?? 0, ticket)
  return { people: store.shelf('contacts').live.size, companies: store.shelf('companies').live.size }
}

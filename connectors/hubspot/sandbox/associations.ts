import type { SandboxClock } from './clock.ts'
import { notFound } from './refusal.ts'
import type { Store } from './store.ts'
import type { Change, ObjectType, Source } from './types.ts'

/** An object, by type and id. */
export interface End {
  readonly type: ObjectType
  readonly id: string
}

/** Who belongs to whom, always in both directions. */
export interface Associations {
  /** The most general association; the first company of an object becomes its primary one. */
  join(from: End, to: End, source: Source): void
  part(from: End, to: End, source: Source): void
  of(from: End, toType: ObjectType): readonly (End & { readonly primary: boolean })[]
  clear(): void
}

const keyOf = ({ type, id }: End): string => `${type}:${id}`

export function createAssociations(store: Store, clock: SandboxClock, tell: (change: Change) => void): Associations {
  /** One side → the others, with whether each is the primary company of the two. */
  const known = new Map<string, Map<string, End & { primary: boolean }>>()

  function others(from: End): Map<string, End & { primary: boolean }> {
    const found = known.get(keyOf(from)) ?? new Map<string, End & { primary: boolean }>()
    known.set(keyOf(from), found)
    return found
  }

  /** Merged-away ids lead to their winner; what is gone belongs to nobody. */
  function living({ type, id }: End): End | undefined {
    const shelf = store.shelf(type)
    let at = id
    for (let winner = shelf.merged.get(at); winner !== undefined; winner = shelf.merged.get(at)) at = winner
    return shelf.live.get(at) ? { type, id: at } : undefined
  }

  function found(end: End): End {
    const there = living(end)
    if (!there) throw notFound([end.id])
    return there
  }

  function of(from: End, toType: ObjectType): (End & { primary: boolean })[] {
    const shelf = store.shelf(from.type)
    // What the losers of a merge belonged to, their winner belongs to.
    const ids = [from.id, ...[...shelf.merged.keys()].filter((loser) => living({ type: from.type, id: loser })?.id === from.id)]
    const ends = ids.flatMap((id) => [...(known.get(keyOf({ type: from.type, id }))?.values() ?? [])]).filter((end) => end.type === toType)
    const unique = new Map<string, End & { primary: boolean }>()
    for (const end of ends) {
      const there = living(end)
      if (there && !unique.has(there.id)) unique.set(there.id, { ...there, primary: end.primary })
    }
    return [...unique.values()]
  }

  /** Webhooks tell of both sides. */
  function announce(from: End, to: End, primary: boolean, removed: boolean, source: Source): void {
    const at = clock.now()
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      const association = { toType: other.type, toId: other.id, primary, removed }
      tell({ type: one.type, kind: 'associationChange', id: one.id, at, source, association })
    }
  }

  return {
    of,
    join(from, to, source) {
      const [a, b] = [found(from), found(to)]
      if (others(a).has(keyOf(b))) return
      const first = (side: End, other: End) => other.type === 'companies' && side.type !== 'companies' && of(side, 'companies').length === 0
      const primary = first(a, b) || first(b, a)
      others(a).set(keyOf(b), { ...b, primary })
      others(b).set(keyOf(a), { ...a, primary })
      announce(a, b, primary, false, source)
    },
    part(from, to, source) {
      const held = known.get(keyOf(from))?.get(keyOf(to))
      if (!held) return
      others(from).delete(keyOf(to))
      others(to).delete(keyOf(from))
      announce(from, to, held.primary, true, source)
    },
    clear: () => known.clear(),
  }
}

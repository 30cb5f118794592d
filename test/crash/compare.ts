import { isDeepStrictEqual } from 'node:util'
import { normal, SHARED, type Held, type Side } from './sides.ts'

/** One thing that is not as it must be, in words, with the records it is about. */
export interface Difference {
  readonly kind: 'missing' | 'doubled' | 'field' | 'lost'
  readonly what: string
}

/** Everything in which two sides differ. Pure. */
export function compareSides(left: Side, right: Side): Difference[] {
  return [...doubled(left), ...doubled(right), ...missing(left, right), ...missing(right, left), ...fields(left, right)]
}

function doubled(side: Side): Difference[] {
  return (['email', 'mark'] as const).flatMap((key) => {
    const by = Map.groupBy(
      side.people.filter((held) => held[key] !== ''),
      (held) => held[key],
    )
    return [...by]
      .filter(([, held]) => held.length > 1)
      .map(([value, held]): Difference => ({
        kind: 'doubled',
        what: `${side.name} has ${held.length} people with ${key} ${value}: ${held.map(({ id }) => id).join(', ')}`,
      }))
  })
}

function missing(here: Side, there: Side): Difference[] {
  const known = new Set(there.people.map(({ email }) => email))
  return here.people
    .filter(({ email }) => !known.has(email))
    .map(({ id, email }) => ({ kind: 'missing', what: `${email} (${here.name} ${id}) is not in ${there.name}` }))
}

function fields(left: Side, right: Side): Difference[] {
  const byEmail = new Map(right.people.map((held) => [held.email, held]))
  return left.people.flatMap((mine) => {
    const theirs = byEmail.get(mine.email)
    if (!theirs) return []
    return SHARED.flatMap((shared) => {
      const a = normal(shared[left.name], mine.remote)
      const b = normal(shared[right.name], theirs.remote)
      if (isDeepStrictEqual(a, b)) return []
      return [{ kind: 'field' as const, what: describe(mine, theirs, shared.field, a, b, left.name, right.name) }]
    })
  })
}

function describe(mine: Held, theirs: Held, field: string, a: unknown, b: unknown, left: string, right: string): string {
  return `${mine.email} ${field}: ${left} ${mine.id} has ${JSON.stringify(a)}, ${right} ${theirs.id} has ${JSON.stringify(b)}`
}

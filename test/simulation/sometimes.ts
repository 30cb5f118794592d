/** What must have occurred at least once in a batch of seeds: a batch without one of these proves less than it says. */
export const SOMETIMES: readonly string[] = []

export function missingOf(happened: Readonly<Record<string, number>>): string[] {
  return SOMETIMES.filter((what) => (happened[what] ?? 0) === 0)
}

/**
 * Runs every contender once per round, each round starting with another one, so that a busy minute of the machine
 * hits all alike. Answers the results of each contender, round by round.
 */
export async function interleave<K extends string, T>(
  contenders: Readonly<Record<K, (round: number) => Promise<T>>>,
  rounds: number,
): Promise<Record<K, T[]>> {
  const names = Object.keys(contenders) as K[]
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<K, T[]>
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length]!
      results[name].push(await contenders[name](round))
    }
  }
  return results
}

import { expect, test } from 'vitest'
import { hunt, makeMutant, MUTANTS, removeMutant } from './mutants.ts'
import known from './seeds.json' with { type: 'json' }

const CAP = 120
const PATIENCE_MS = 400_000
const hints: Readonly<Record<string, readonly number[]>> = known.mutants

// The seeds that caught it last time come first; a change of the core moves them, so others follow.
for (const mutant of MUTANTS) {
  test(
    `the simulation notices ${mutant.name}`,
    async () => {
      const first = hints[mutant.name] ?? []
      const seeds = [...first, ...Array.from({ length: CAP }, (_, i) => i + 1).filter((seed) => !first.includes(seed))]
      const { caught } = await hunt(mutant, seeds, 1)
      expect(caught?.failure, `${seeds.length} seeds`).toMatch(/^(\d+|stage): /)
    },
    PATIENCE_MS,
  )
}

test('a mutant whose line has gone is an error, not a clean run', async () => {
  const mutant = { name: 'of-nothing', edits: [{ file: 'src/hub.ts', line: 'a line that nobody wrote', instead: '' }] }
  await expect(makeMutant(mutant)).rejects.toThrow('0 times')
  await removeMutant(mutant)
})

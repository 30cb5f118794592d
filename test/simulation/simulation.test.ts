import { expect, test } from 'vitest'
import { runBatch } from './batch.ts'
import { loadCore } from './core.ts'
import known from './seeds.json' with { type: 'json' }
import { missingOf, SOMETIMES } from './sometimes.ts'
import { simulate } from './world.ts'

const PATIENCE_MS = 400_000

test(
  'equal seeds give equal traces, and other seeds others',
  async () => {
    const core = await loadCore()
    const traces = []
    for (const seed of [7, 8, 7]) traces.push(await simulate(core, seed, { trace: true }))
    const [first, other, again] = traces
    expect(again!.lines).toEqual(first!.lines)
    expect(again!.digest).toBe(first!.digest)
    expect(again!.steps).toBe(first!.steps)
    expect(other!.digest).not.toBe(first!.digest)
  },
  PATIENCE_MS,
)

test(
  '300 seeds: every promise is kept, and everything that can go wrong did',
  async () => {
    const { failures, happened } = await runBatch({ seeds: Array.from({ length: 300 }, (_, i) => i + 1) })
    expect(failures.map(({ seed, failure }) => `npm run simulate -- --seed ${seed} --trace: ${failure}`)).toEqual([])
    expect(missingOf(happened)).toEqual([])
  },
  PATIENCE_MS,
)

test(
  'seeds that once found a fault stay clean',
  async () => {
    const { failures } = await runBatch({ seeds: known.regressions })
    expect(failures.map(({ seed, failure }) => `${seed}: ${failure}`)).toEqual([])
  },
  PATIENCE_MS,
)

test('a batch in which something never happened is known as vacuous', () => {
  const all = Object.fromEntries(SOMETIMES.map((what) => [what, 1]))
  expect(missingOf(all)).toEqual([])
  expect(missingOf({ ...all, 'result: unknown': 0 })).toEqual(['result: unknown'])
})

import { parseArgs } from 'node:util'
import { runBatch } from './batch.ts'
import { loadCore } from './core.ts'
import { hunt, MUTANTS } from './mutants.ts'
import { missingOf } from './sometimes.ts'
import { simulate } from './world.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    counts: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

if (values.mutants) process.exitCode = await mutants(Number(values.from), Number(values.seeds), values.only)
else if (values.seed !== undefined) process.exitCode = await one(Number(values.seed), values.trace)
else process.exitCode = await many(Number(values.from), Number(values.seeds), values.counts)

async function one(seed: number, trace: boolean): Promise<number> {
  const outcome = await simulate(await loadCore(), seed, { trace })
  for (const line of outcome.lines) console.log(line)
  console.log(
    outcome.failure ??
      `seed ${seed} is clean: ${outcome.steps} steps, ${outcome.virtualMs / 1000} s of virtual time, trace ${outcome.digest}`,
  )
  return outcome.failure === null ? 0 : 1
}

async function many(from: number, count: number, counts: boolean): Promise<number> {
  const { outcomes, failures, happened, seconds } = await runBatch({
    seeds: Array.from({ length: count }, (_, i) => from + i),
    progress: ({ seed, failure }) => {
      if (failure !== null) console.log(`seed ${seed}: ${failure}\n  npm run simulate -- --seed ${seed} --trace`)
    },
  })
  if (counts) for (const [what, times] of Object.entries(happened)) console.log(`${String(times).padStart(8)}  ${what}`)
  const missing = count >= 300 ? missingOf(happened) : []
  for (const what of missing) console.log(`never happened: ${what}`)
  const virtual = outcomes.reduce((sum, { virtualMs }) => sum + virtualMs, 0) / 1000
  console.log(
    `${outcomes.length} seeds, ${failures.length} failed; ${(outcomes.length / seconds).toFixed(1)} seeds/s, ${Math.round(virtual / 60)} min of virtual time in ${seconds.toFixed(1)} s`,
  )
  return failures.length === 0 && missing.length === 0 ? 0 : 1
}

async function mutants(from: number, cap: number, only: string | undefined): Promise<number> {
  let missed = 0
  for (const mutant of MUTANTS.filter(({ name }) => only === undefined || name === only)) {
    const { caught, seeds } = await hunt(
      mutant,
      Array.from({ length: cap }, (_, i) => from + i),
    )
    if (caught === null) missed += 1
    console.log(
      caught === null
        ? `${mutant.name}: not caught in ${seeds} seeds`
        : `${mutant.name}: caught after ${seeds} seeds, by seed ${caught.seed}: ${caught.failure}`,
    )
  }
  return missed === 0 ? 0 : 1
}

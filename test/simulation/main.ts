import { loadCore } from './core.ts'
import { simulate } from './world.ts'
const core = await loadCore()
const from = Number(process.argv[2] ?? 1)
const n = Number(process.argv[3] ?? 20)
const t = Date.now()
const total: Record<string, number> = {}
let failed = 0
let steps = 0, virt = 0
for (let seed = from; seed < from + n; seed++) {
  const o = await simulate(core, seed, { trace: process.argv[4] === '--trace' })
  for (const [k, v] of Object.entries(o.happened)) total[k] = (total[k] ?? 0) + v
  steps += o.steps; virt += o.virtualMs
  if (process.argv[4] === '--trace') console.log(o.lines.join('\n'))
  if (o.failure) { failed++; console.log(seed, o.failure) }
}
console.log({ failed, ms: (Date.now() - t) / n, steps: steps / n, virt: virt / n })
if (process.argv[4]) console.log(total)

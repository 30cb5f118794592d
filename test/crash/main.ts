import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { verdict, table } from './report.ts'
import { crash } from './run.ts'

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '50' }, seed: { type: 'string' }, keep: { type: 'boolean', default: false } },
})
const kills = Number(values.kills)
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Usage: npm run crash -- [--kills 50] [--seed 1] [--keep]\n')
  process.exit(2)
}
const dir = await mkdtemp(join(tmpdir(), 'crash-'))
const say = (line: string): void => void process.stderr.write(`${line}\n`)
say(`seed ${seed}, database in ${dir}`)
const report = await crash({ kills, dir, seed, pauseMs: 60, say })
process.stdout.write(`${table(report)}\n`)
const wrong = verdict(report)
for (const line of wrong) process.stdout.write(`${line}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
if (values.keep) say(`kept ${dir}`)
else await rm(dir, { recursive: true, force: true })

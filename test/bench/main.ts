import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { intake } from './b1-intake.ts'
import { start } from './b10-start.ts'
import { kill } from './b12-kill.ts'
import { outbox } from './b3-outbox.ts'
import { throughput } from './b4-throughput.ts'
import { latency } from './b5-latency.ts'
import type { Bench } from './lib/context.ts'
import { formatTable, type Row } from './lib/table.ts'

const BENCHES: readonly Bench[] = [intake, outbox, throughput, latency, start, kill]

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false }, full: { type: 'boolean', default: false } },
})
const wanted = values.only?.split(',')
const unknown = wanted?.filter((id) => !BENCHES.some((bench) => bench.id === id)) ?? []
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}. There are: ${BENCHES.map((bench) => bench.id).join(', ')}.\n`)
  process.exit(2)
}

const rows: Row[] = []
for (const bench of BENCHES) {
  if (wanted && !wanted.includes(bench.id)) continue
  const dir = await mkdtemp(join(tmpdir(), `bench-${bench.id}-`))
  try {
    const say = (line: string): void => void process.stderr.write(`${line}\n`)
    rows.push(...(await bench.run({ quick: values.quick, full: values.full, dir, say })))
  } catch (error) {
    process.stderr.write(`${bench.id} could not be measured: ${error instanceof Error ? error.stack : String(error)}\n`)
    rows.push({ id: bench.id, what: bench.title, measured: 'not measured', baseline: '', ratio: '', bar: '', pass: false })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
process.stdout.write(`${formatTable(rows)}\n`)
process.exitCode = rows.some((row) => row.pass === false) ? 1 : 0

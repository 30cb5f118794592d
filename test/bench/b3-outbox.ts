import { join } from 'node:path'
import { startChild, type Child } from './lib/child.ts'
import type { Bench, BenchContext } from './lib/context.ts'
import { interleave } from './lib/rounds.ts'
import { median } from './lib/stats.ts'
import { fixed, whole, type Row } from './lib/table.ts'

/** Claim and finish of deliveries, a hundred at a time, beside one at a time and beside a table full of finished ones. */
export const outbox: Bench = { id: 'B3', title: 'outbox claim + finish', run }

interface Drained {
  readonly perSecond: number
  readonly calls: number
}

async function run({ quick, dir, say }: BenchContext): Promise<Row[]> {
  const finished = quick ? 200_000 : 5_000_000
  const count = quick ? 5_000 : 10_000
  const singles = quick ? 200 : 1_000
  const rounds = quick ? 3 : 5
  const start = (name: string): Child => startChild(new URL('./outbox-server.ts', import.meta.url), { args: [join(dir, `${name}.db`)] })
  const young = start('young')
  const old = start('old')
  try {
    say(`B3: seeding ${whole(finished)} finished deliveries`)
    await young.ask('seed', { records: count, finished: 0 })
    await old.ask('seed', { records: count, finished })
    const contenders = {
      batched: () => young.ask<Drained>('drain', { count, batch: 100 }),
      single: () => young.ask<Drained>('drain', { count: singles, batch: 1 }),
      old: () => old.ask<Drained>('drain', { count, batch: 100 }),
    }
    await interleave(contenders, 1)
    say(`B3: ${rounds} rounds of ${whole(count)}`)
    const got = await interleave(contenders, rounds)
    const rate = (all: readonly Drained[]): number => median(all.map((one) => one.perSecond))
    const row = (what: string, value: number, base: number, bar: number, digits: number): Row => ({
      id: 'B3',
      what,
      measured: `${whole(value)}/s`,
      baseline: `${whole(base)}/s`,
      ratio: fixed(value / base, digits),
      bar: `≥ ${bar}`,
      pass: value / base >= bar,
    })
    return [
      row('outbox claim + finish, batches of 100 / one by one', rate(got.batched), rate(got.single), 25, 1),
      row(`the same with ${whole(finished)} finished rows / without`, rate(got.old), rate(got.batched), 0.9, 2),
    ]
  } finally {
    await Promise.all([young.stop(), old.stop()])
  }
}

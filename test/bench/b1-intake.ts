import { join } from 'node:path'
import { startChild, type Child } from './lib/child.ts'
import type { Bench, BenchContext } from './lib/context.ts'
import type { Load } from './lib/load.ts'
import { startLoader, type Loader } from './lib/loader.ts'
import { interleave } from './lib/rounds.ts'
import { median } from './lib/stats.ts'
import { fixed, whole, type Row } from './lib/table.ts'
import { seedEvents } from './seed.ts'

const CONNECTIONS = 64
const SECRET = 'secret'

/** Verified, deduplicated and durable webhooks, beside a handler that only parses them. */
export const intake: Bench = { id: 'B1', title: 'durable verified webhook intake', run }

async function run(context: BenchContext): Promise<Row[]> {
  const { quick, dir, say } = context
  const seconds = quick ? 1 : 3
  const rounds = quick ? 3 : 5
  const old = quick ? 200_000 : 5_000_000
  say(`B1: seeding ${whole(old)} events`)
  await seedEvents(join(dir, 'old.db'), old, Date.now())
  const young = await server(join(dir, 'young.db'))
  const aged = await server(join(dir, 'old.db'))
  const loader = startLoader()
  try {
    const shot = (target: Server, path: string, perSecond: number, again: boolean) => () =>
      measure(loader, target, path, perSecond, seconds, again)
    const contenders = {
      parse: shot(young, '/parse', 5_000, true),
      hub: shot(young, '/hooks/hubspot', 25_000, false),
      single: shot(young, '/single', 8_000, false),
      aged: shot(aged, '/hooks/hubspot', 25_000, false),
    }
    say('B1: warming up')
    await interleave(contenders, 1)
    say(`B1: ${rounds} rounds of ${seconds} s each`)
    const got = await interleave(contenders, rounds)
    const rate = (loads: readonly Load[]): number => median(loads.map((load) => load.perSecond))
    const p99 = median(got.hub.map((load) => load.p99))
    const refused = [...got.hub, ...got.single, ...got.aged].reduce((sum, load) => sum + load.refused, 0)
    const [hub, parse, single, aged_] = [rate(got.hub), rate(got.parse), rate(got.single), rate(got.aged)]
    const row = (what: string, value: number, base: number, bar: number, digits = 2): Row => ({
      id: 'B1',
      what,
      measured: `${whole(value)}/s`,
      baseline: `${whole(base)}/s`,
      ratio: fixed(value / base, digits),
      bar: `≥ ${bar}`,
      pass: value / base >= bar && refused === 0,
    })
    return [
      row('intake, 64 connections / Hono + JSON parse', hub, parse, 0.3),
      { id: 'B1', what: 'intake p99', measured: `${fixed(p99, 1)} ms`, baseline: '', ratio: '', bar: '≤ 40 ms', pass: p99 <= 40 },
      row('intake / one transaction per request', hub, single, 4, 1),
      row(`intake after ${whole(old)} events with random ids / young`, aged_, hub, 0.9),
    ]
  } finally {
    await Promise.all([young.child.stop(), aged.child.stop(), loader.stop()])
  }
}

interface Server {
  readonly child: Child
  readonly port: number
}

async function server(file: string): Promise<Server> {
  const child = startChild(new URL('./intake-server.ts', import.meta.url), { args: [file] })
  return { child, port: await child.ask<number>('port') }
}

async function measure(loader: Loader, target: Server, path: string, perSecond: number, seconds: number, again: boolean): Promise<Load> {
  await loader.prepare({ port: target.port, path, secret: SECRET, count: perSecond * seconds, objects: 50_000 })
  return loader.run({ connections: CONNECTIONS, seconds, again })
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, BenchContext } from './lib/context.ts'
import { databaseOf, startHub } from './lib/hub.ts'
import { setStage } from './lib/stage.ts'
import { median } from './lib/stats.ts'
import { fixed, whole, type Row } from './lib/table.ts'
import { seedEvents } from './seed.ts'

const MB = 1_048_576
const IDLE_MS = 6_000

/** From the start of the process until it is ready, on a log that is full. */
export const start: Bench = { id: 'B10', title: 'start with a full log', run }

async function run({ quick, dir, say }: BenchContext): Promise<Row[]> {
  const events = quick ? 100_000 : 1_000_000
  const home = join(dir, 'hub')
  await mkdir(home, { recursive: true })
  say(`B10: seeding ${whole(events)} events`)
  await seedEvents(databaseOf(home), events, Date.now())
  const stage = await setStage({ dir: home, people: 0 })
  try {
    const times = [stage.hub.readyMs]
    for (let i = 0; i < (quick ? 2 : 4); i++) {
      await stage.hub.stop()
      stage.hub = await startHub(stage.plan)
      times.push(stage.hub.readyMs)
    }
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    const rss = (await stage.hub.probe()).rss / MB
    const seconds = median(times) / 1_000
    return [
      {
        id: 'B10',
        what: `start until ready with ${whole(events)} events`,
        measured: `${fixed(seconds)} s`,
        baseline: '',
        ratio: '',
        bar: '≤ 3 s',
        pass: seconds <= 3,
      },
      { id: 'B10', what: 'RSS idle', measured: `${whole(rss)} MB`, baseline: '', ratio: '', bar: '≤ 180 MB', pass: rss <= 180 },
    ]
  } finally {
    await stage.stop()
  }
}

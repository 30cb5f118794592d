import { join } from 'node:path'
import { connect } from '@throughline/core'
import type { Bench, BenchContext } from './lib/context.ts'
import { databaseOf, HOOK_PATH, startHub, WEBHOOK_SECRET } from './lib/hub.ts'
import { startLoader, type Loader } from './lib/loader.ts'
import { FIRST_CONTACT, setStage, untilContacts } from './lib/stage.ts'
import { whole, type Row } from './lib/table.ts'

const TARGETS = ['fast', 'slow', 'down'] as const
type Target = (typeof TARGETS)[number]

/** `kill -9` under load: what was accepted must be in the log after the restart, once, and go where it belongs. */
export const kill: Bench = { id: 'B12', title: 'kill -9 under load', run }

async function run(context: BenchContext): Promise<Row[]> {
  const loader = startLoader()
  try {
    const rows: Row[] = []
    for (const target of TARGETS) rows.push(await killed(context, loader, target))
    return rows
  } finally {
    await loader.stop()
  }
}

async function killed({ quick, dir, say }: BenchContext, loader: Loader, target: Target): Promise<Row> {
  const people = quick ? 500 : 2_000
  const seconds = quick ? 1.5 : 3
  say(`B12: target ${target}`)
  const home = join(dir, target)
  const stage = await setStage({ dir: home, people })
  try {
    if (target === 'slow') await stage.salesforce.setFaults([{ kind: 'delay', ms: 1_000 }])
    if (target === 'down') await stage.salesforce.setFaults([{ kind: 'dropBefore' }])
    await loader.prepare({
      port: stage.hub.port,
      path: HOOK_PATH,
      secret: WEBHOOK_SECRET,
      count: 60_000,
      objects: people,
      firstObject: FIRST_CONTACT,
    })
    const running = loader.run({ connections: 64, seconds: 30, untilKilled: true })
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
    await stage.hub.kill()
    const { accepted } = await running
    stage.hub = await startHub(stage.plan)
    const { lost, doubled } = missing(databaseOf(home), accepted)
    await stage.salesforce.setFaults([])
    await untilContacts(stage.salesforce, people, 120_000, 200)
    return {
      id: 'B12',
      what: `accepted lost by kill -9, target ${target}`,
      measured: `${lost} lost, ${doubled} doubled`,
      baseline: `${whole(accepted.length)} accepted`,
      ratio: '',
      bar: '0',
      pass: lost === 0 && doubled === 0 && accepted.length > 0,
    }
  } finally {
    await stage.stop()
  }
}

function missing(file: string, accepted: readonly number[]): { readonly lost: number; readonly doubled: number } {
  const db = connect(file, { readonly: true })
  const times = new Map<number, number>()
  for (let after = 0; ;) {
    const rows = db.all<{ seq: number; eventId: number }>(
      "SELECT seq, body ->> '$.eventId' AS eventId FROM events WHERE seq > ? AND type LIKE 'signal.%' ORDER BY seq LIMIT 10000",
      [after],
    )
    if (rows.length === 0) break
    for (const { eventId } of rows) times.set(eventId, (times.get(eventId) ?? 0) + 1)
    after = rows.at(-1)!.seq
  }
  db.close()
  return {
    lost: accepted.filter((eventId) => !times.has(eventId)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
  }
}

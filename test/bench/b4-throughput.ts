import { join } from 'node:path'
import { connect } from '@throughline/core'
import type { Bench, BenchContext } from './lib/context.ts'
import { databaseOf } from './lib/hub.ts'
import { contactsIn, setStage, untilContacts } from './lib/stage.ts'
import { fixed, whole, type Row } from './lib/table.ts'

const WRITE_LIMIT = 200
const MB = 1_048_576

/** People carried from one system to the other through every stage, over the vendors' real SDKs. */
export const throughput: Bench = { id: 'B4', title: 'sync through the whole pipeline', run }

async function run(context: BenchContext): Promise<Row[]> {
  return [...(await stream(context)), ...(await backlog(context))]
}

async function stream({ quick, full, dir, say }: BenchContext): Promise<Row[]> {
  const people = quick ? 5_000 : full ? 1_000_000 : 50_000
  say(`B4: carrying ${whole(people)} people`)
  const stage = await setStage({ dir: join(dir, 'stream'), people })
  try {
    const before = await contactsIn(stage.salesforce)
    const ms = await untilContacts(stage.salesforce, people, people * 10, 100)
    const perSecond = ((people - before) / ms) * 1_000
    const { maxRss } = await stage.hub.probe()
    return [
      {
        id: 'B4',
        what: `${whole(people)} people, HubSpot → Salesforce, all stages`,
        measured: `${whole(perSecond)}/s`,
        baseline: '',
        ratio: '',
        bar: '≥ 3,000/s',
        pass: perSecond >= 3_000,
      },
      {
        id: 'B4',
        what: `highest RSS of the hub meanwhile`,
        measured: `${whole(maxRss / MB)} MB`,
        baseline: '',
        ratio: '',
        bar: '≤ 400 MB',
        pass: maxRss / MB <= 400,
      },
    ]
  } finally {
    await stage.stop()
  }
}

/** Changes that wait while the target is down go out in full calls. */
async function backlog({ quick, dir, say }: BenchContext): Promise<Row[]> {
  const people = quick ? 1_000 : 5_000
  say(`B4: a backlog of ${whole(people)}`)
  const home = join(dir, 'backlog')
  const stage = await setStage({ dir: home, people: 0 })
  try {
    await stage.hub.post('/v1/connections/salesforce/pause', { reason: 'bench' })
    await stage.hubspot.admin('seed', { people, webhooks: true })
    const limit = performance.now() + 60_000
    for (;;) {
      const waiting = pendingIn(databaseOf(home))
      if (waiting >= people) break
      if (performance.now() > limit) throw new Error(`${waiting} of ${people} deliveries wait after a minute`)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
    await stage.salesforce.forgetCalls()
    await stage.hub.post('/v1/connections/salesforce/resume', {})
    await untilContacts(stage.salesforce, people, 60_000)
    const { writes } = await stage.salesforce.calls()
    const least = Math.ceil(people / WRITE_LIMIT)
    return [
      {
        id: 'B4',
        what: `write calls for a backlog of ${whole(people)}`,
        measured: String(writes),
        baseline: String(least),
        ratio: fixed(writes / least),
        bar: `≤ ${least + 1}`,
        pass: writes <= least + 1,
      },
    ]
  } finally {
    await stage.stop()
  }
}

function pendingIn(file: string): number {
  const db = connect(file, { readonly: true })
  const [row] = db.all<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE state = 'pending' AND connection = 'salesforce'")
  db.close()
  return row!.n
}

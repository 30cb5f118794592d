import { join } from 'node:path'
import { HOOK_PATH, WEBHOOK_SECRET } from './lib/hub.ts'
import type { Bench, BenchContext } from './lib/context.ts'
import { startLoader } from './lib/loader.ts'
import { startPeople } from './lib/people.ts'
import { FIRST_CONTACT, setStage, untilContacts } from './lib/stage.ts'
import { percentile } from './lib/stats.ts'
import { fixed, whole, type Row } from './lib/table.ts'

const CHANGES_PER_SECOND = 500
const WEBHOOKS_PER_SECOND = 2_000
const BATCH = 25

/** How long after an edit in HubSpot the other system shows it, by webhook, and what the hub's own thread felt of it. */
export const latency: Bench = { id: 'B5', title: 'edit in one system → visible in the other', run }

async function run({ quick, dir, say }: BenchContext): Promise<Row[]> {
  const people = quick ? 1_000 : 5_000
  const seconds = quick ? 4 : 10
  const edits = quick ? 20 : 60
  // Polls hardly ever, so that only the webhooks can have brought a change.
  const stage = await setStage({
    dir: join(dir, 'hub'),
    people,
    salesforceMain: new URL('./lib/watched-salesforce.ts', import.meta.url),
    poll: 5,
  })
  const loader = startLoader()
  try {
    say(`B5: carrying ${whole(people)} people first`)
    await untilContacts(stage.salesforce, people, 60_000)
    await pause(3_000)
    const crew = await startPeople(stage.hubspot, stage.salesforce)
    const idOf = (i: number): string => String(FIRST_CONTACT + (i % people))
    const sent = new Map<string, number>()

    say(`B5: ${edits} edits, one at a time`)
    for (let i = 0; i < edits; i++) {
      const title = `idle ${i}`
      sent.set(title, Date.now())
      await crew.updateInHubspot(idOf(i), { jobtitle: title })
      await pause(150 + Math.random() * 250)
    }
    const idle = await arrived(stage.watch, sent)

    say(`B5: ${CHANGES_PER_SECOND} changes a second`)
    sent.clear()
    await stage.hub.resetProbe()
    const begun = performance.now()
    const batches = (seconds * CHANGES_PER_SECOND) / BATCH
    const calls: Promise<void>[] = []
    for (let batch = 0; batch < batches; batch++) {
      const at = Date.now()
      const changes = Array.from({ length: BATCH }, (_, i) => {
        const title = `busy ${batch} ${i}`
        sent.set(title, at)
        return { id: idOf(batch * BATCH + i), properties: { jobtitle: title } }
      })
      calls.push(crew.updateManyInHubspot(changes))
      await pause(Math.max(0, begun + ((batch + 1) * BATCH * 1_000) / CHANGES_PER_SECOND - performance.now()))
    }
    await Promise.all(calls)
    const busy = await arrived(stage.watch, sent)
    const busyProbe = await stage.hub.probe()
    await crew.close()
    await pause(2_000)

    say(`B5: ${whole(WEBHOOKS_PER_SECOND)} webhooks a second`)
    await loader.prepare({
      port: stage.hub.port,
      path: HOOK_PATH,
      secret: WEBHOOK_SECRET,
      count: WEBHOOKS_PER_SECOND * seconds,
      objects: people,
      firstObject: FIRST_CONTACT,
    })
    await stage.hub.resetProbe()
    const load = await loader.run({ connections: 64, seconds, rate: WEBHOOKS_PER_SECOND })
    const { delayP99 } = await stage.hub.probe()

    const row = (what: string, ms: number, bar: number): Row => ({
      id: 'B5',
      what,
      measured: `${fixed(ms, ms < 20 ? 1 : 0)} ms`,
      baseline: '',
      ratio: '',
      bar: `≤ ${whole(bar)} ms`,
      pass: ms <= bar,
    })
    return [
      row('edit → visible, idle, p50', percentile(idle, 0.5), 150),
      row('edit → visible, idle, p99', percentile(idle, 0.99), 500),
      row(`edit → visible at ${CHANGES_PER_SECOND} changes/s, p99`, percentile(busy, 0.99), 1_000),
      row(`event loop delay meanwhile, p99`, busyProbe.delayP99, 15),
      { ...row(`accept at ${whole(WEBHOOKS_PER_SECOND)} webhooks/s, p99`, load.p99, 25), baseline: `${whole(load.perSecond)}/s` },
      row(`event loop delay meanwhile, p99`, delayP99, 15),
    ]
  } finally {
    await Promise.all([stage.stop(), loader.stop()])
  }
}

/** Milliseconds from edit to arrival of each; waits until all are there, at most 20 s: what is still out then counts as that. */
async function arrived(watch: string, sent: ReadonlyMap<string, number>): Promise<number[]> {
  const limit = performance.now() + 20_000
  for (;;) {
    const seen = (await (await fetch(`${watch}/arrivals`)).json()) as Record<string, number>
    const isOver = performance.now() > limit
    if (isOver || [...sent.keys()].every((title) => title in seen)) {
      return [...sent].map(([title, at]) => (seen[title] ?? Date.now()) - at)
    }
    await pause(200)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

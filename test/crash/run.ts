import { databaseOf, freePort, HOOK_PATH, startHub, type HubPlan, type HubProcess } from '../bench/lib/hub.ts'
import { startSandbox, type SandboxProcess } from '../bench/lib/sandbox.ts'
import { seededRandom } from '@throughline/sdk/sandbox'
import { readBooks, type Books } from './books.ts'
import { compareSides, type Difference } from './compare.ts'
import { startProxy, type Proxy } from './proxy.ts'
import { hubspotSide, salesforceSide } from './sides.ts'
import { startWork, type Work } from './work.ts'

/** How the hub is killed. */
export type Kill = 'effect in salesforce' | 'effect in hubspot' | 'commit' | 'any time'

/** Half of the kills hit the moments that hurt: after the vendor's effect, before its answer; after the commit, before the acknowledgement. */
const ORDER: readonly Kill[] = [
  'effect in salesforce',
  'any time',
  'commit',
  'any time',
  'effect in hubspot',
  'any time',
  'commit',
  'any time',
]

export interface CrashOptions {
  readonly kills: number
  readonly dir: string
  readonly seed: number
  /** Milliseconds between two edits of one side, on average. */
  readonly pauseMs: number
  say(line: string): void
}

export interface CrashReport {
  readonly kills: Readonly<Record<Kill, number>>
  /** Aimed kills whose moment did not come in time; done at once instead. */
  readonly missed: number
  readonly people: number
  readonly created: number
  readonly edited: number
  readonly acknowledged: number
  readonly withheld: number
  readonly webhookItems: number
  readonly quietAfterMs: number
  readonly differences: readonly Difference[]
  readonly books: Books
  /** Write calls over three polls after all was quiet. */
  readonly restless: number
}

const POLL_S = 1
const AIM_MS = 8_000
const QUIET_MS = 120_000
const STILL_MS = 3_500

/** Kills the real hub again and again while people work on both sides, then asks what became of their work. */
export async function crash(options: CrashOptions): Promise<CrashReport> {
  const random = seededRandom(options.seed)
  const [hubspot, salesforce] = await Promise.all([startSandbox('hubspot'), startSandbox('salesforce')])
  const [hubPort, proxyPort] = [await freePort(), await freePort()]
  const proxy = await startProxy(proxyPort, hubPort)
  const plan: HubPlan = {
    dir: options.dir,
    port: hubPort,
    publicUrl: proxy.url,
    hubspotUrl: hubspot.url,
    salesforceUrl: salesforce.url,
    poll: POLL_S,
  }
  let hub: HubProcess | undefined
  let work: Work | undefined
  try {
    await hubspot.admin('webhooks', { target: proxy.url + HOOK_PATH, duplicate: 0.05, reorder: 0.05 })
    hub = await startHub(plan)
    work = await startWork(hubspot, salesforce, random, options.pauseMs)
    const kills: Record<Kill, number> = { 'effect in salesforce': 0, 'effect in hubspot': 0, commit: 0, 'any time': 0 }
    let missed = 0
    for (let i = 0; i < options.kills; i++) {
      const kill = ORDER[i % ORDER.length]!
      await pause(100 + random() * 900)
      const isHit = await killAt(kill, hub, { hubspot, salesforce, proxy }, random)
      if (isHit) kills[kill] += 1
      else missed += 1
      options.say(`kill ${i + 1} of ${options.kills}: ${kill}${isHit ? '' : ' (its moment did not come)'}`)
      await hubspot.setFaults([])
      await salesforce.setFaults([])
      hub = await startHub(plan)
    }
    await work.stop()
    const quiet = await untilQuiet(hubspot, salesforce, work)
    const before = await writes(hubspot, salesforce)
    await pause(STILL_MS)
    const restless = (await writes(hubspot, salesforce)) - before
    await hub.stop()
    hub = undefined
    const { acknowledged, withheld } = proxy.counts()
    return {
      kills,
      missed,
      people: work.emails.size,
      created: work.counts.created,
      edited: work.counts.edited,
      acknowledged,
      withheld,
      webhookItems: proxy.accepted.size,
      quietAfterMs: quiet.ms,
      differences: quiet.differences,
      books: readBooks(databaseOf(options.dir), proxy.accepted),
      restless,
    }
  } catch (error) {
    if (hub) options.say(hub.output().slice(-4_000))
    throw error
  } finally {
    await work?.stop().catch(() => undefined)
    await hub?.kill()
    await Promise.all([hubspot.kill(), salesforce.kill(), proxy.close()])
  }
}

/** Kills the hub; answers whether the moment that was aimed at came. */
async function killAt(
  kill: Kill,
  hub: HubProcess,
  parts: { readonly hubspot: SandboxProcess; readonly salesforce: SandboxProcess; readonly proxy: Proxy },
  random: () => number,
): Promise<boolean> {
  switch (kill) {
    case 'effect in salesforce':
    case 'effect in hubspot': {
      const [vendor, match] =
        kill === 'effect in salesforce'
          ? [parts.salesforce, '^PATCH .*/composite/sobjects']
          : [parts.hubspot, '^POST /crm/v3/objects/contacts/batch/(create|update|upsert)$']
      await vendor.setFaults([{ kind: 'stallAfter', match, times: 1, ms: 60_000 }])
      const stalled = await vendor.stalled(AIM_MS)
      await hub.kill()
      return stalled !== null
    }
    case 'commit': {
      const seen = new Promise<boolean>((resolve) => parts.proxy.withhold(() => void hub.kill().then(() => resolve(true))))
      const isHit = await Promise.race([seen, pause(AIM_MS).then(() => false)])
      if (!isHit) await hub.kill()
      return isHit
    }
    case 'any time':
      await pause(random() * 700)
      await hub.kill()
      return true
  }
}

async function untilQuiet(
  hubspot: SandboxProcess,
  salesforce: SandboxProcess,
  work: Work,
): Promise<{ ms: number; differences: Difference[] }> {
  const begun = performance.now()
  for (;;) {
    const [left, right] = await Promise.all([hubspotSide(hubspot), salesforceSide(salesforce)])
    const { queued } = await hubspot.admin<{ queued: number }>('webhooks')
    const differences = [...compareSides(left, right), ...work.lostIn(left, right)]
    const ms = performance.now() - begun
    if ((differences.length === 0 && queued === 0) || ms > QUIET_MS) {
      // What was in flight when both sides became equal has three more polls to settle.
      if (ms <= QUIET_MS) await pause(3_000)
      return { ms, differences }
    }
    await pause(500)
  }
}

async function writes(...sandboxes: readonly SandboxProcess[]): Promise<number> {
  const counts = await Promise.all(sandboxes.map((sandbox) => sandbox.calls()))
  return counts.reduce((sum, { writes }) => sum + writes, 0)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

import { freePort, HOOK_PATH, startHub, type HubPlan, type HubProcess } from './hub.ts'
import { startSandbox, type SandboxProcess } from './sandbox.ts'

/** Both sandboxes and the real hub between them, each in a process of its own. */
export interface Stage {
  readonly hubspot: SandboxProcess
  readonly salesforce: SandboxProcess
  readonly plan: HubPlan
  /** Where a watched Salesforce tells what arrived when; empty without one. */
  readonly watch: string
  hub: HubProcess
  stop(): Promise<void>
}

export interface StageOptions {
  readonly dir: string
  /** People that HubSpot has before the hub starts. */
  readonly people: number
  readonly salesforceMain?: URL
  readonly execArgv?: readonly string[]
  /** Seconds between two polls. */
  readonly poll?: number
}

export const FIRST_CONTACT = 9_990

/** Starts everything; HubSpot sends its webhooks to the hub. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const [hubspot, salesforce, port] = await Promise.all([
    startSandbox('hubspot'),
    startSandbox('salesforce', 0, options.salesforceMain),
    freePort(),
  ])
  const end = (): Promise<unknown> => Promise.all([hubspot.kill(), salesforce.kill()])
  try {
    if (options.people > 0) await hubspot.admin('seed', { people: options.people })
    await hubspot.admin('webhooks', { target: `http://127.0.0.1:${port}${HOOK_PATH}` })
    const plan: HubPlan = {
      dir: options.dir,
      port,
      hubspotUrl: hubspot.url,
      salesforceUrl: salesforce.url,
      poll: options.poll ?? 1,
      ...(options.execArgv ? { execArgv: options.execArgv } : {}),
    }
    const stage: Stage = {
      hubspot,
      salesforce,
      plan,
      watch: salesforce.line['watch'] ?? '',
      hub: await startHub(plan),
      async stop() {
        await stage.hub.stop()
        await end()
      },
    }
    return stage
  } catch (error) {
    await end()
    throw error
  }
}

export async function contactsIn(salesforce: SandboxProcess): Promise<number> {
  const { counts } = await salesforce.admin<{ counts: { Contact: number } }>('state', { objects: ['Contact'], records: false })
  return counts.Contact
}

/** Waits until Salesforce has so many contacts; answers the milliseconds it took. Throws after `limitMs`. */
export async function untilContacts(salesforce: SandboxProcess, count: number, limitMs: number, everyMs = 50): Promise<number> {
  const begun = performance.now()
  for (;;) {
    const has = await contactsIn(salesforce)
    const ms = performance.now() - begun
    if (has >= count) return ms
    if (ms > limitMs) throw new Error(`Salesforce has ${has} of ${count} contacts after ${Math.round(ms / 1_000)} s`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

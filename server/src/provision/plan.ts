import type { ConnectionSetup } from '@throughline/core'
import { VendorError, type ProvisionStep } from '@throughline/sdk'
import { ioOf } from '../setups.ts'

const LOOK_MS = 60_000

/** What is there and what is missing at the vendor of one connection. Reads only. Throws `VendorError` where nothing could be found out. */
export async function planOf(setup: ConnectionSetup, hookUrl: string | null): Promise<readonly ProvisionStep[]> {
  const { connector, config } = setup
  const signal = AbortSignal.timeout(LOOK_MS)
  if (connector.provision) return connector.provision(config, ioOf(setup), { hookUrl }).plan(signal)
  const remote = connector.connect(config, ioOf(setup))
  const health = await remote.check(signal)
  const credentials: ProvisionStep = health.ok
    ? { id: 'credentials', title: 'Credentials', state: 'present', detail: health.account }
    : { id: 'credentials', title: 'Credentials', state: 'missing', detail: `${health.why}. ${health.remedy}.` }
  return remote.accept ? [credentials, webhooks(connector.name, hookUrl)] : [credentials]
}

function webhooks(name: string, hookUrl: string | null): ProvisionStep {
  const step = { id: 'webhooks', title: 'Webhooks', state: 'manual' } as const
  if (hookUrl === null)
    return { ...step, detail: 'The hub has no public URL yet: set listen.publicUrl, then run this again. Until then changes are polled.' }
  const detail = `In ${name}, register a webhook to ${hookUrl}, with the secret that the configuration names. The connector's README lists the events.`
  return { ...step, detail }
}

/**
 * Applies every step that can be, in order, and plans anew until nothing more can be: one may only be seen once another is
 * there. What fails is told and left.
 */
export async function applyAll(
  plan: () => Promise<readonly ProvisionStep[]>,
  first: readonly ProvisionStep[],
  told: (step: ProvisionStep, failure: string | null) => void,
): Promise<readonly ProvisionStep[]> {
  const tried = new Set<string>()
  let steps = first
  for (;;) {
    const open = steps.filter((step) => step.state === 'missing' && step.apply !== undefined && !tried.has(step.id))
    if (open.length === 0) return steps
    for (const step of open) {
      tried.add(step.id)
      try {
        await step.apply!(AbortSignal.timeout(LOOK_MS))
        told(step, null)
      } catch (error) {
        if (!(error instanceof VendorError)) throw error
        told(step, error.message)
      }
    }
    steps = await plan()
  }
}

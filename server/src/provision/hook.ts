import type { ProvisionStep } from '@throughline/sdk'
import type { Client } from '../cli/client.ts'

const ANSWER_MS = 10_000
const LOOK_BACK = 50
const LOOK_MS = 500

/**
 * An event that nobody has signed, sent to the address that the vendor is given. A 401 shows that the address leads to this
 * hub, that it knows the connection, and that it verifies.
 */
export async function hookStep(hookUrl: string): Promise<ProvisionStep> {
  const step = { id: 'hook', title: 'Address of the webhooks' } as const
  const missing = (found: string): ProvisionStep => ({
    ...step,
    state: 'missing',
    detail: `${hookUrl}: ${found}. Start the hub and let ${new URL(hookUrl).origin} lead to it, then run this again.`,
  })
  try {
    const { status } = await fetch(hookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    if (status === 401)
      return { ...step, state: 'present', detail: `${hookUrl} leads to the hub: it refuses an event without a signature.` }
    return missing(
      status === 404 ? 'what answers there does not know the connection' : `answered ${status} to an event without a signature`,
    )
  } catch {
    return missing('nothing answers')
  }
}

interface ShownEvent {
  readonly seq: number
  readonly receivedAt: string
}

/** The newest event that a webhook brought, later than `after` (a sequence number), among the last few of the connection. */
export async function lastWebhook(hub: Client, connection: string, after: number): Promise<ShownEvent | null> {
  const query = new URLSearchParams({ source: connection, limit: String(LOOK_BACK) })
  const { items } = await hub.get<{ items: readonly ShownEvent[] }>(`/v1/events?${query.toString()}`)
  for (const { seq } of items.filter((item) => item.seq > after)) {
    const { event } = await hub.get<{ event: ShownEvent & { readonly request: string | null } }>(`/v1/events/${seq}`)
    if (event.request !== null) return event
  }
  return null
}

/** Waits for one that is new. */
export async function nextWebhook(hub: Client, connection: string, ms: number): Promise<ShownEvent | null> {
  const { items } = await hub.get<{ items: readonly ShownEvent[] }>(`/v1/events?source=${connection}&limit=1`)
  const after = items[0]?.seq ?? 0
  const end = Date.now() + ms
  while (Date.now() < end) {
    const found = await lastWebhook(hub, connection, after)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  return null
}

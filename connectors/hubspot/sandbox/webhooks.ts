import type { SandboxClock } from './clock.ts'
import { KINDS } from './kinds.ts'
import { signV3 } from './sign.ts'
import { type Change, TYPES } from './types.ts'

/** Where webhooks go and what goes wrong on the way. Chances are 0..1. */
export interface WebhookSettings {
  /** URL as registered with the vendor; `null` sends nothing. */
  target: string | null
  /** Chance that an event is lost, for good. */
  drop: number
  /** Chance that an event is sent twice. */
  duplicate: number
  /** Chance that an event trades places with the one before it. */
  reorder: number
  /** Wait before each attempt, in milliseconds. */
  delayMs: number
}

export interface Webhooks {
  settings(
    change?: Partial<WebhookSettings>,
  ): WebhookSettings & { queued: number; sent: number; dropped: number; failed: number; abandoned: number }
  tell(change: Change): void
  /** Forgets what is queued. */
  clear(): void
  stop(): void
}

interface Event {
  readonly [member: string]: unknown
}

const PER_CALL = 100
/** In-flight calls, as the vendor allows one installed account by default. */
const CONCURRENCY = 10
const ATTEMPTS = 10
const GATHER_MS = 15
const TIMEOUT_MS = 5_000
/** The vendor spreads its attempts over a day; a sandbox cannot wait that long. */
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 5_000

const SUBSCRIPTION = 7_000_000
const SUBSCRIBED = ['creation', 'propertyChange', 'deletion', 'restore', 'merge', 'privacyDeletion', 'associationChange']

export function createWebhooks(
  clock: SandboxClock,
  random: () => number,
  own: { readonly clientSecret: string; readonly appId: string; readonly portalId: number },
  initial: Partial<WebhookSettings>,
): Webhooks {
  const settings: WebhookSettings = { target: null, drop: 0, duplicate: 0, reorder: 0, delayMs: 0, ...initial }
  const counts = { sent: 0, dropped: 0, failed: 0, abandoned: 0 }
  const timers = new Set<NodeJS.Timeout>()
  let queue: Event[] = []
  let gathering = false
  let inFlight = 0
  let nextEvent = 100
  let stopped = false

  function later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }

  function pump(): void {
    gathering = false
    while (queue.length > 0 && inFlight < CONCURRENCY && !stopped) void deliver(queue.splice(0, PER_CALL), 0)
  }

  async function deliver(events: readonly Event[], attempt: number): Promise<void> {
    inFlight += 1
    if (settings.delayMs > 0) await new Promise<void>((resolve) => later(settings.delayMs, resolve))
    const target = settings.target
    const delivered = target !== null && !stopped && (await post(target, events, attempt))
    inFlight -= 1
    if (stopped || target === null) return
    if (delivered) counts.sent += events.length
    else {
      counts.failed += 1
      if (attempt + 1 < ATTEMPTS) {
        const wait = Math.min(FIRST_RETRY_MS * 2 ** attempt, LAST_RETRY_MS) * (0.5 + random() / 2)
        later(wait, () => void deliver(events, attempt + 1))
      } else counts.abandoned += events.length
    }
    pump()
  }

  /** Signed anew for each attempt, since a signature is good for five minutes only. */
  async function post(target: string, events: readonly Event[], attemptNumber: number): Promise<boolean> {
    const body = JSON.stringify(events.map((event) => ({ ...event, attemptNumber })))
    const timestamp = clock.now()
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-hubspot-request-timestamp': String(timestamp),
          'x-hubspot-signature-v3': signV3(own.clientSecret, 'POST', target, body, timestamp),
        },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      await response.arrayBuffer()
      return response.ok
    } catch {
      return false
    }
  }

  function eventOf(change: Change): Event {
    nextEvent += 1
    return {
      eventId: nextEvent,
      subscriptionId: SUBSCRIPTION + SUBSCRIBED.indexOf(change.kind) * TYPES.length + TYPES.indexOf(change.type),
      portalId: own.portalId,
      appId: Number(own.appId),
      occurredAt: change.at,
      subscriptionType: `${KINDS[change.type].event}.${change.kind}`,
      // An association has two ends and no object.
      ...(change.association ? endsOf(change, change.association) : { objectId: Number(change.id) }),
      ...(change.property === undefined ? {} : { propertyName: change.property, propertyValue: change.value }),
      ...(change.kind === 'creation' ? { changeFlag: 'CREATED' } : {}),
      ...(change.kind === 'deletion' ? { changeFlag: 'DELETED' } : {}),
      ...(change.merged
        ? { primaryObjectId: Number(change.id), mergedObjectIds: change.merged.map(Number), newObjectId: Number(change.made ?? change.id) }
        : {}),
      ...change.source,
    }
  }

  return {
    settings(change = {}) {
      Object.assign(settings, change)
      if (settings.target === null) queue = []
      return { ...settings, ...counts, queued: queue.length + inFlight }
    },
    tell(change) {
      if (settings.target === null || stopped) return
      if (random() < settings.drop) {
        counts.dropped += 1
        return
      }
      const event = eventOf(change)
      queue.push(event)
      if (random() < settings.duplicate) queue.push(event)
      if (queue.length > 1 && random() < settings.reorder) queue.push(...queue.splice(-2, 1))
      if (gathering) return
      gathering = true
      later(GATHER_MS, pump)
    },
    clear() {
      queue = []
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      gathering = false
    },
    stop() {
      stopped = true
      this.clear()
    },
  }
}

function endsOf({ type, id }: Change, { toType, toId, primary, removed }: NonNullable<Change['association']>): Event {
  return {
    associationType: `${KINDS[type].event}_TO_${KINDS[toType].event}`.toUpperCase(),
    fromObjectId: Number(id),
    toObjectId: Number(toId),
    associationRemoved: removed,
    isPrimaryAssociation: primary,
  }
}

import { createHmac } from 'node:crypto'
import type { SandboxClock } from './clock.ts'
import { createHooks, type Hook, type Hooks } from './hooks.ts'
import { isoTime } from './show.ts'
import type { Happening } from './types.ts'

/** Where webhooks go and what goes wrong on the way. Chances are 0..1. */
export interface WebhookSettings {
  /** URL of the webhook that is there from the start; `null` means that there is none. */
  target: string | null
  /** Chance that a delivery gets lost on the way: the delivery list shows it as failed. */
  drop: number
  /** Chance that a delivery is sent twice. */
  duplicate: number
  /** Chance that a delivery trades places with the one before it. */
  reorder: number
  /** Wait before each attempt, in milliseconds. */
  delayMs: number
}

/** One attempt, as the delivery list shows it. */
export interface Attempt {
  readonly id: number
  readonly hook: number
  readonly guid: string
  readonly deliveredAt: number
  readonly redelivery: boolean
  readonly duration: number
  readonly status: string
  readonly statusCode: number
  readonly event: string
  readonly action: string | null
}

export interface Webhooks {
  settings(change?: Partial<WebhookSettings>): WebhookSettings & { queued: number; sent: number; failed: number }
  readonly hooks: Hooks
  tell(happening: Happening): void
  /** Delivers a ping of this body to one webhook. */
  ping(hook: Hook, body: unknown): void
  /** The newest first. */
  attempts(): readonly Attempt[]
  /** False if this webhook has no such attempt. Delivers under the same GUID. */
  redeliver(hook: number, id: number): boolean
  clear(): void
  stop(): void
}

interface Delivery {
  readonly hook: Hook
  readonly guid: string
  readonly event: string
  readonly action: string | null
  readonly body: string
}

const GATHER_MS = 5
const TIMEOUT_MS = 10_000
const KEPT = 1_000

/** GitHub's webhooks: signed over the raw body, one event each, never sent again by themselves. */
export function createWebhooks(
  clock: SandboxClock,
  random: () => number,
  own: { readonly secret: string; readonly hookId: number; readonly payload: (happening: Happening) => unknown },
  initial: Partial<WebhookSettings>,
): Webhooks {
  const settings: WebhookSettings = { target: null, drop: 0, duplicate: 0, reorder: 0, delayMs: 0, ...initial }
  const planted: Hook = {
    id: own.hookId,
    get url() {
      return settings.target ?? ''
    },
    secret: own.secret,
    contentType: 'json',
    events: ['issues', 'issue_comment'],
    active: true,
    createdAt: Date.UTC(2026, 0, 1),
    code: null,
    message: null,
  }
  const hooks = createHooks(clock, () => (settings.target === null ? null : planted))
  const counts = { sent: 0, failed: 0 }
  const timers = new Set<NodeJS.Timeout>()
  const deliveries = new Map<number, Delivery>()
  let attempts: Attempt[] = []
  let queue: Delivery[] = []
  let isRunning = false
  let stopped = false
  let nextId = 12_345_678
  let nextGuid = 1

  function later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }

  async function pump(): Promise<void> {
    for (let delivery = queue.shift(); delivery && !stopped; delivery = queue.shift()) {
      if (settings.delayMs > 0) await new Promise<void>((resolve) => later(settings.delayMs, resolve))
      await deliver(delivery, false)
    }
    isRunning = false
  }

  async function deliver(delivery: Delivery, redelivery: boolean): Promise<void> {
    const { hook, guid, event, action } = delivery
    if (stopped || !hooks.all().includes(hook)) return
    const began = clock.now()
    const isLost = random() < settings.drop
    const code = isLost ? 0 : await post(delivery)
    const isGood = code >= 200 && code < 300
    counts[isGood ? 'sent' : 'failed'] += 1
    nextId += 1
    deliveries.set(nextId, delivery)
    const status = isGood ? 'OK' : code === 0 ? 'failed to connect to host' : `Invalid HTTP Response: ${code}`
    const duration = Math.max(0, clock.now() - began) / 1_000
    const attempt = { id: nextId, hook: hook.id, guid, deliveredAt: began, redelivery, duration, status, statusCode: code, event, action }
    attempts = [attempt, ...attempts].slice(0, KEPT)
    Object.assign(hook, { code, message: status })
  }

  async function post({ hook, guid, event, body: json }: Delivery): Promise<number> {
    const isForm = hook.contentType === 'form'
    const body = isForm ? `payload=${encodeURIComponent(json)}` : json
    const sign = (algorithm: string): string => createHmac(algorithm, hook.secret).update(body).digest('hex')
    try {
      const response = await fetch(hook.url, {
        method: 'POST',
        headers: {
          'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
          'user-agent': 'GitHub-Hookshot/5a7b0e1',
          'x-github-event': event,
          'x-github-delivery': guid,
          'x-github-hook-id': String(hook.id),
          'x-github-hook-installation-target-type': 'repository',
          ...(hook.secret !== '' && { 'x-hub-signature': `sha1=${sign('sha1')}`, 'x-hub-signature-256': `sha256=${sign('sha256')}` }),
        },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'manual',
      })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }

  function send(hook: Hook, event: string, action: string | null, body: string): void {
    const guid = `${String(nextGuid).padStart(8, '0')}-7c1d-11f0-8000-${Math.floor(clock.now()).toString(16).padStart(12, '0')}`
    nextGuid += 1
    const delivery = { hook, guid, event, action, body }
    queue.push(delivery)
    if (random() < settings.duplicate) queue.push(delivery)
    if (queue.length > 1 && random() < settings.reorder) queue.push(...queue.splice(-2, 1))
    if (isRunning) return
    isRunning = true
    later(GATHER_MS, () => void pump())
  }

  return {
    hooks,
    settings(change = {}) {
      Object.assign(settings, change)
      if (settings.target === null) queue = queue.filter(({ hook }) => hook !== planted)
      return { ...settings, ...counts, queued: queue.length + (isRunning ? 1 : 0) }
    },
    tell(happening) {
      const { event, action } = happening
      const told = hooks.all().filter((hook) => hook.active && (hook.events.includes(event) || hook.events.includes('*')))
      if (told.length === 0 || stopped) return
      // The body is what was true then, not what is true when it is sent.
      const body = JSON.stringify(own.payload(happening))
      for (const hook of told) send(hook, event, action, body)
    },
    ping(hook, body) {
      if (!stopped) send(hook, 'ping', null, JSON.stringify(body))
    },
    attempts: () => attempts,
    redeliver(hook, id) {
      const delivery = deliveries.get(id)
      if (delivery?.hook.id !== hook) return false
      later(GATHER_MS, () => void deliver(delivery, true))
      return true
    },
    clear() {
      hooks.clear()
      Object.assign(planted, { code: null, message: null })
      queue = []
      attempts = []
      deliveries.clear()
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      isRunning = false
    },
    stop() {
      stopped = true
      this.clear()
    },
  }
}

export function showAttempt(attempt: Attempt, repositoryId: number): Record<string, unknown> {
  return {
    id: attempt.id,
    guid: attempt.guid,
    delivered_at: isoTime(attempt.deliveredAt),
    redelivery: attempt.redelivery,
    duration: attempt.duration,
    status: attempt.status,
    status_code: attempt.statusCode,
    event: attempt.event,
    action: attempt.action,
    installation_id: null,
    repository_id: repositoryId,
  }
}

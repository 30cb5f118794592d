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
  /** Wait before sending, in milliseconds. */
  delayMs: number
}

/** One webhook as it goes over the wire. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Sender {
  settings(
    change?: Partial<WebhookSettings>,
  ): WebhookSettings & { queued: number; sent: number; dropped: number; failed: number; gone: number }
  /** `build` runs when the event is sent: signatures carry that time. */
  tell(build: () => Outgoing): void
  /** Forgets what is queued. */
  clear(): void
  stop(): void
}

/**
 * Sends webhooks as vendors without retries do: one attempt within their time-out, then it is lost. Where the vendor drops
 * a webhook that answers 410, `dropOn410` switches the target off.
 */
export function createSender(
  random: () => number,
  own: { readonly timeoutMs: number; readonly concurrency: number; readonly dropOn410?: boolean },
  initial: Partial<WebhookSettings> = {},
): Sender {
  const settings: WebhookSettings = { target: null, drop: 0, duplicate: 0, reorder: 0, delayMs: 0, ...initial }
  const counts = { sent: 0, dropped: 0, failed: 0, gone: 0 }
  const timers = new Set<NodeJS.Timeout>()
  let queue: (() => Outgoing)[] = []
  let inFlight = 0
  let isStopped = false
  let isPumping = false

  function later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, ms)
    timers.add(timer)
  }

  function pump(): void {
    isPumping = false
    while (queue.length > 0 && inFlight < own.concurrency && !isStopped) void deliver(queue.shift()!)
  }

  async function deliver(build: () => Outgoing): Promise<void> {
    inFlight += 1
    if (settings.delayMs > 0) await new Promise<void>((resolve) => later(settings.delayMs, resolve))
    const { target } = settings
    if (target !== null && !isStopped) {
      const status = await post(target, build())
      if (status >= 200 && status < 300) counts.sent += 1
      else counts.failed += 1
      if (status === 410 && own.dropOn410 === true) {
        counts.gone += 1
        settings.target = null
      }
    }
    inFlight -= 1
    pump()
  }

  async function post(target: string, { headers, body }: Outgoing): Promise<number> {
    try {
      const signal = AbortSignal.timeout(own.timeoutMs)
      const response = await fetch(target, { method: 'POST', headers, body, signal })
      await response.arrayBuffer()
      return response.status
    } catch {
      return 0
    }
  }

  return {
    settings(change = {}) {
      Object.assign(settings, change)
      if (settings.target === null) queue = []
      return { ...settings, ...counts, queued: queue.length + inFlight }
    },
    tell(build) {
      if (settings.target === null || isStopped) return
      if (random() < settings.drop) {
        counts.dropped += 1
        return
      }
      queue.push(build)
      if (random() < settings.duplicate) queue.push(build)
      if (queue.length > 1 && random() < settings.reorder) queue.push(...queue.splice(-2, 1))
      if (isPumping) return
      isPumping = true
      later(1, pump)
    },
    clear() {
      queue = []
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
      isPumping = false
    },
    stop() {
      isStopped = true
      this.clear()
    },
  }
}

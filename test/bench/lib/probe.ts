import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answer } from './child.ts'

// Imported into the hub's own process before it starts: lets a bench read what only that process knows.

const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()

export interface Probe {
  /** Delay of the event loop since the last `reset`, ms; the timer's own 5 ms are taken off. */
  readonly delayP99: number
  readonly delayMax: number
  /** Bytes. */
  readonly rss: number
  readonly maxRss: number
  /** CPU seconds used so far. */
  readonly cpu: number
}

answer(
  {
    reset: () => delay.reset(),
    probe: (): Probe => {
      const { user, system } = process.cpuUsage()
      return {
        delayP99: Math.max(0, delay.percentile(99) / 1e6 - 5),
        delayMax: Math.max(0, delay.max / 1e6 - 5),
        rss: process.memoryUsage.rss(),
        maxRss: process.resourceUsage().maxRSS * 1_024,
        cpu: (user + system) / 1e6,
      }
    },
    /** An orderly stop, as a service manager asks for it. */
    stop: () => void setTimeout(() => process.kill(process.pid, 'SIGTERM'), 1),
  },
  true,
)

import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
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

let session: Session | undefined

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
    /** A CPU profile of the main thread from here to `unprofile`, which writes it to a file. */
    async profile() {
      session = new Session()
      session.connect()
      await session.post('Profiler.enable')
      await session.post('Profiler.start')
    },
    async unprofile(file: string) {
      const { profile } = await session!.post('Profiler.stop')
      session!.disconnect()
      await writeFile(file, JSON.stringify(profile))
    },
    /** An orderly stop, as a service manager asks for it. */
    stop: () =>
      void setTimeout(() => {
        // Else the channel to the parent would keep a process alive that has closed everything else.
        process.channel?.unref()
        process.kill(process.pid, 'SIGTERM')
      }, 1),
  },
  true,
)

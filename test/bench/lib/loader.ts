import { startChild, type Child } from './child.ts'
import type { Load, Prepare, Run } from './load.ts'

/** The load generator as its parent sees it. */
export interface Loader {
  /** Builds and signs requests ahead of time. */
  prepare(input: Prepare): Promise<void>
  run(input: Run): Promise<Load>
  stop(): Promise<void>
}

export function startLoader(): Loader {
  const child: Child = startChild(new URL('./load.ts', import.meta.url), { execArgv: ['--max-old-space-size=2048'] })
  return {
    prepare: (input) => child.ask('prepare', input),
    run: (input) => child.ask<Load>('run', input),
    stop: () => child.stop(),
  }
}

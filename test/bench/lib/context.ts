import type { Row } from './table.ts'

export interface BenchContext {
  /** Less of everything: to see that it works. The figures are not the ones to quote. */
  readonly quick: boolean
  /** The full amounts of PERFORMANCE's bars where the default run does with less. */
  readonly full: boolean
  /** A folder of its own, removed afterwards. */
  readonly dir: string
  /** A line of progress, on stderr. */
  say(line: string): void
}

export interface Bench {
  readonly id: string
  readonly title: string
  run(context: BenchContext): Promise<readonly Row[]>
}

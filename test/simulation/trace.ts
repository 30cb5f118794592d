import { createHash } from 'node:crypto'

/** What happened, line by line. Equal seeds give equal lines, so equal digests. */
export interface Trace {
  add(who: string, what: string): void
  digest(): string
  /** Empty unless lines are kept. */
  readonly lines: readonly string[]
}

export function createTrace(now: () => number, start: number, keep: boolean): Trace {
  const hash = createHash('sha256')
  const lines: string[] = []
  return {
    add(who, what) {
      const line = `${((now() - start) / 1000).toFixed(3).padStart(9)} ${who.padEnd(6)} ${what}`
      hash.update(line).update('\n')
      if (keep) lines.push(line)
    },
    digest: () => hash.copy().digest('hex').slice(0, 16),
    lines,
  }
}

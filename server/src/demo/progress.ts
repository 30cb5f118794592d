import type { Watch } from '@throughline/core'

export interface Carried {
  readonly records: number
  readonly receipts: number
  readonly seconds: number
}

const LOOK_MS = 200
const PATIENCE_MS = 120_000
const WIDTH = 24

/** Shows how many of `expected` records are at rest, until nothing is under way. Gives up after two minutes. */
export async function showProgress(watch: Watch, expected: number, stop: AbortSignal): Promise<Carried | null> {
  const began = Date.now()
  const isTerminal = process.stderr.isTTY === true
  let said = -1
  while (!stop.aborted && Date.now() - began < PATIENCE_MS) {
    const [figures, connections] = await Promise.all([watch.figures(), watch.connections()])
    const open = ['pending', 'claimed', 'waiting', 'unknown'].reduce((sum, state) => sum + (figures.deliveries[state] ?? 0), 0)
    const seconds = (Date.now() - began) / 1_000
    const text = bar(figures.receipts, Math.max(expected, figures.receipts + open))
    if (isTerminal) process.stderr.write(`\r  First sync  ${text}`)
    else if (Math.floor(seconds) > said) {
      said = Math.floor(seconds)
      process.stderr.write(`  First sync  ${text}\n`)
    }
    const isCaughtUp = connections.every(({ streams }) => streams.length > 0 && streams.every((stream) => stream.caughtUpAt !== null))
    if (isCaughtUp && figures.behind === 0 && open === 0 && figures.records >= 1) {
      if (isTerminal) process.stderr.write('\n')
      return { records: figures.records, receipts: figures.receipts, seconds }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  if (isTerminal) process.stderr.write('\n')
  return null
}

function bar(done: number, all: number): string {
  const filled = all === 0 ? 0 : Math.round((WIDTH * done) / all)
  return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done.toLocaleString('en')} of ${all.toLocaleString('en')} written`
}

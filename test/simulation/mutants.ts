import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { runBatch } from './batch.ts'
import { CORE_HOME } from './core.ts'
import type { Outcome } from './world.ts'

/** One wrong line of the core. `line` must stand in `file` exactly once; the longer text it stands in is left alone. */
interface Edit {
  readonly file: string
  readonly line: string
  readonly instead: string
}

/** A core that breaks one promise. A simulation that does not notice is not worth its time. */
export interface Mutant {
  readonly name: string
  /** One edit; two where a second line of defence would hide the first. */
  readonly edits: readonly Edit[]
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'ack-before-commit',
    edits: [
      {
        file: 'src/intake/accept.ts',
        line: 'await store.commit(statements(withIds, now))',
        instead: 'store.commit(statements(withIds, now)).catch(() => undefined)',
      },
    ],
  },
  {
    name: 'no-inbox-dedupe',
    edits: [
      {
        file: 'src/log/append.ts',
        line: 'WHERE j.value ->> 11 IS NULL OR NOT EXISTS (SELECT 1 FROM seen WHERE key = j.value ->> 11)',
        instead: 'WHERE true',
      },
    ],
  },
  {
    name: 'no-version-guard-in-apply',
    edits: [{ file: 'src/sync/write-world.ts', line: 'if (oldLinks.length > 0) out.push', instead: 'if (oldLinks.length < 0) out.push' }],
  },
  {
    name: 'no-version-guard-in-settle',
    edits: [
      {
        file: 'src/outbox/write-settled.ts',
        line: 'out.push(guard(LINK_VERSIONS, JSON.stringify(links.map((link) => [link.id, link.version - 1])), links.length))',
        instead: '',
      },
    ],
  },
  {
    name: 'no-order-per-object',
    edits: [
      {
        file: 'src/outbox/claim.ts',
        line: "const NO_OPEN_WRITE = `NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.link_id = d.link_id AND o.state IN ('claimed', 'waiting', 'unknown'))`",
        instead: 'const NO_OPEN_WRITE = `1 = 1`',
      },
      { file: 'migrations/0000_spine.sql', line: 'CREATE UNIQUE INDEX `deliveries_open`', instead: 'CREATE INDEX `deliveries_open`' },
    ],
  },
  {
    name: 'no-fencing-of-deliveries',
    edits: [
      {
        file: 'src/outbox/write-settled.ts',
        line: 'const out: Statement[] = [guard(FENCED, JSON.stringify(settled.map(({ claimed }) => [claimed.id, claimed.fence])), settled.length)]',
        instead: 'const out: Statement[] = []',
      },
    ],
  },
  {
    name: 'no-fencing-of-lanes',
    edits: [
      {
        file: 'src/sync/apply.ts',
        line: 'return [guard(LANES_HELD, held, APPLY, node, lanes.length)]',
        instead: 'return held === "" ? [] : []',
      },
      { file: 'src/sync/write-world.ts', line: 'INSERT INTO effects', instead: 'INSERT OR IGNORE INTO effects' },
    ],
  },
  {
    name: 'no-echo-check',
    edits: [
      {
        file: 'src/sync/merge.ts',
        line: 'if (agreed !== undefined && isUnmoved(field, agreed, offered, raw)) continue',
        instead: '',
      },
    ],
  },
  {
    name: 'blind-retry',
    edits: [{ file: 'src/outbox/outbox.ts', line: "inDoubt: item.state === 'unknown',", instead: 'inDoubt: false,' }],
  },
  {
    name: 'no-look-before-an-update',
    edits: [
      {
        file: 'src/outbox/look.ts',
        line: 'if (stream.can.versionCheck === true && !batch.some(needsLook)) return outcomes',
        instead: 'return outcomes',
      },
    ],
  },
  {
    name: 'no-wait-for-what-may-still-land',
    edits: [
      {
        file: 'src/outbox/settle.ts',
        line: "return { to: 'unknown', at: now + visibilityMs,",
        instead: "return { to: 'unknown', at: now,",
      },
    ],
  },
  {
    name: 'stale-payload-sent-again',
    edits: [
      {
        file: 'src/outbox/examine.ts',
        line: "if (isOvertaken(claimed, field)) return { next: 'merge', found: [current] }",
        instead: '',
      },
    ],
  },
]

/** One folder for each process, so that two runs at a time do not meet. */
function homeOf(mutant: Mutant): URL {
  return new URL(`.mutants/${mutant.name}-${process.pid}/`, CORE_HOME)
}

/** Makes the mutant beside the real core, where its imports resolve. Answers its folder. */
export async function makeMutant(mutant: Mutant): Promise<URL> {
  const home = homeOf(mutant)
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true })
  for (const folder of ['src/', 'migrations/']) {
    await cp(new URL(folder, CORE_HOME), new URL(folder, home), { recursive: true, filter: (source) => !source.endsWith('.test.ts') })
  }
  for (const { file, line, instead } of mutant.edits) {
    const url = new URL(file, home)
    const text = await readFile(url, 'utf8')
    const found = text.split(line).length - 1
    if (found !== 1) throw new Error(`mutant ${mutant.name}: ${file} has its line ${found} times, not once: ${line}`)
    await writeFile(
      url,
      text.replace(line, () => instead),
    )
  }
  return home
}

export async function removeMutant(mutant: Mutant): Promise<void> {
  await rm(homeOf(mutant), { recursive: true, force: true })
}

/** What it took to notice one mutant. */
export interface Hunt {
  readonly mutant: string
  /** The first failure, or `null` when none of the seeds failed. */
  readonly caught: Outcome | null
  /** How many seeds were run. */
  readonly seeds: number
}

/** Runs a mutant on these seeds until a promise is seen to be broken. */
export async function hunt(mutant: Mutant, seeds: readonly number[], workers?: number): Promise<Hunt> {
  const home = await makeMutant(mutant)
  try {
    const { outcomes, failures } = await runBatch({ seeds, home, untilFailure: true, ...(workers === undefined ? {} : { workers }) })
    const caught = failures[0] ?? null
    // A fault of the simulation itself is no catch.
    if (caught?.failure?.startsWith('unexpected')) throw new Error(`mutant ${mutant.name}, seed ${caught.seed}: ${caught.failure}`)
    return { mutant: mutant.name, caught, seeds: outcomes.length }
  } finally {
    await removeMutant(mutant)
  }
}

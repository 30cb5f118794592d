/**
 * Committed files that are made from others must be what making them anew would give. `npm run generated`; exit 1 names
 * what is out of date and the command that mends it.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { matrixProblem } from './matrix.ts'

const root = resolve(import.meta.dirname, '..')

interface Check {
  readonly what: string
  readonly mend: string
  /** What is wrong, or `null`. */
  problem(): string | null | Promise<string | null>
}

function run(command: string, ...args: readonly string[]): { ok: boolean; output: string } {
  const done = spawnSync(join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  return { ok: done.status === 0, output: done.error?.message ?? `${done.stdout}${done.stderr}`.trim() }
}

function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((file) => [relative(folder, join(file.parentPath, file.name)), readFileSync(join(file.parentPath, file.name), 'utf8')]),
  )
}

const checks: readonly Check[] = [
  {
    what: 'types of the entity contracts',
    mend: 'npm run generate',
    problem() {
      const { ok, output } = run('node', 'contracts/src/generate.ts', '--check')
      return ok ? null : output
    },
  },
  {
    what: 'database migrations',
    mend: 'npm run generate, then commit the new file in core/migrations',
    problem: () => migrationProblem('core/src/db/schema.ts'),
  },
  {
    what: 'table of connectors in the README',
    mend: 'npm run generate',
    problem: matrixProblem,
  },
]

/** Whether the schema (a path from the root) says anything that the committed migrations do not. */
export function migrationProblem(schema: string): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'throughline-migrations-'))
  try {
    cpSync(join(root, 'core/migrations'), folder, { recursive: true })
    const before = contents(folder)
    const { ok, output } = run('drizzle-kit', 'generate', '--dialect=turso', `--schema=./${schema}`, `--out=${relative(root, folder)}`)
    if (!ok) return output
    const changed = [...contents(folder)].filter(([file, text]) => before.get(file) !== text)
    return changed.length === 0 ? null : `The schema has changes without a migration:\n${changed.map(([file]) => `  ${file}`).join('\n')}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function main(): Promise<void> {
  const problems: string[] = []
  for (const check of checks) {
    const problem = await check.problem()
    if (problem !== null) problems.push(`Out of date: ${check.what}.\n${problem}\nTo mend it: ${check.mend}\n`)
  }
  if (problems.length === 0) return console.log(`Generated files: ${checks.length} kinds, up to date.`)
  console.error(problems.join('\n'))
  process.exitCode = 1
}

if (import.meta.main) await main()

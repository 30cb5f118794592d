import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export const root = resolve(import.meta.dirname, '../..')

export interface Finding {
  readonly file: string
  /** As oxlint prints it: `eslint(no-restricted-imports)`. */
  readonly rule: string
}

/** Runs oxlint and answers its standard output, whatever its exit code. */
export function oxlint(cwd: string, ...args: readonly string[]): Promise<string> {
  return new Promise((answer, fail) => {
    execFile(join(root, 'node_modules/.bin/oxlint'), args, { cwd, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') fail(error)
      else if (stdout === '') fail(new Error(`oxlint printed nothing: ${stderr}`))
      else answer(stdout)
    })
  })
}

/** Lints texts (path in the repository → source) under our configuration, in a tree of their own outside the repository. */
export async function lintTexts(texts: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  const tree = await mkdtemp(join(tmpdir(), 'throughline-lint-'))
  try {
    for (const file of ['.oxlintrc.json', 'tsconfig.json', 'test/boundaries/rules.js']) await cp(join(root, file), join(tree, file))
    await symlink(join(root, 'node_modules'), join(tree, 'node_modules'))
    for (const [path, text] of Object.entries(texts)) {
      await mkdir(dirname(join(tree, path)), { recursive: true })
      await writeFile(join(tree, path), text)
    }
    const output = await oxlint(tree, '--type-aware', '--format=json', ...Object.keys(texts))
    const { diagnostics } = JSON.parse(output) as { diagnostics: { filename: string; code: string }[] }
    return diagnostics.map(({ filename, code }) => ({ file: filename, rule: code }))
  } finally {
    await rm(tree, { recursive: true })
  }
}

/**
 * The README's table of what each connector can do, made from the abilities that the connectors declare and the
 * conformance suite checks. It stands between two marks; `node test/matrix.ts` writes it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Abilities, Ability, Connector } from '@throughline/sdk'

const root = resolve(import.meta.dirname, '..')
const readme = join(root, 'README.md')
const begin = '<!-- connectors: made by npm run generate -->'
const end = '<!-- /connectors -->'

const columns: readonly (readonly [title: string, ability: (can: Abilities) => Ability])[] = [
  ['webhooks', (can) => can.webhook],
  ['changes', (can) => can.pull],
  ['full list', (can) => can.list],
  ['find', (can) => can.find],
  ['write', (can) => can.write],
  ['delete', (can) => can.delete],
  ['merges seen', (can) => can.merge],
  ['repeat-safe create', (can) => (typeof can.upsertBy === 'string' ? true : can.upsertBy)],
  ['stale writes refused', (can) => can.versionCheck],
]

/** Every folder of `connectors` that has an `index.ts`, but for the SDK; names in order. */
export function connectorFolders(): string[] {
  const folder = join(root, 'connectors')
  return readdirSync(folder)
    .filter((name) => name !== 'sdk' && existsSync(join(folder, name, 'index.ts')))
    .sort()
}

/** What they export, by name. */
export async function connectors(): Promise<readonly Connector[]> {
  const folders = connectorFolders()
  const modules = await Promise.all(folders.map((name) => import(pathToFileURL(join(root, 'connectors', name, 'index.ts')).href)))
  return modules.flatMap((module: Record<string, unknown>) => Object.values(module).filter(isConnector))
}

function isConnector(value: unknown): value is Connector {
  return typeof value === 'object' && value !== null && 'connect' in value && 'streams' in value
}

/** The table, with the vendors' reasons as notes below it. */
export function matrix(all: readonly Connector[]): string {
  const notes: string[] = []
  const cell = (ability: Ability): string => {
    if (ability === true) return 'yes'
    if (!notes.includes(ability.because)) notes.push(ability.because)
    return `no [${notes.indexOf(ability.because) + 1}]`
  }
  const rows = all.flatMap(({ name, streams }) =>
    Object.entries(streams).map(([stream, { entity, can }]) => [
      `${name} \`${stream}\``,
      entity,
      ...columns.map(([, ability]) => cell(ability(can))),
      String(can.batch.write),
    ]),
  )
  const head = ['stream', 'entity', ...columns.map(([title]) => title), 'writes per call']
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
  return [...lines, '', ...notes.map((note, i) => `[${i + 1}] ${note}  `)].join('\n').trimEnd()
}

/** The README with the table as it should be; `null` where there is no README or no place for a table in it. */
export function withMatrix(text: string, table: string): string | null {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  return from < 0 || to < from ? null : `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}

export async function matrixProblem(): Promise<string | null> {
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : ''
  const wanted = withMatrix(text, matrix(await connectors()))
  return wanted === null || wanted === text ? null : 'The table of connectors in README.md is not what the connectors declare.'
}

if (import.meta.main && existsSync(readme)) {
  const wanted = withMatrix(readFileSync(readme, 'utf8'), matrix(await connectors()))
  if (wanted === null) console.error(`README.md has no "${begin}" … "${end}" to put the table of connectors between.`)
  else writeFileSync(readme, wanted)
}

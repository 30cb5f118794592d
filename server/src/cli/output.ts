import { DocumentError } from '@throughline/contracts'
import { OperatorError } from '../fault.ts'

export type Format = 'text' | 'json'

/** What a command ends with: 0 clean, 1 findings, 2 could not tell. */
export type ExitCode = 0 | 1 | 2

const isColoured = process.stdout.isTTY === true && !process.env['NO_COLOR']

const paint = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text)
export const bold = paint(1)
export const dim = paint(2)
export const red = paint(31)
export const green = paint(32)

/** Results go to stdout. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** Progress goes to stderr. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A table with a head, as wide as its cells. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)))
  const line = (row: readonly string[]): string => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join('  ')
  print(dim(line(head)))
  for (const row of rows) print(line(row))
}

/** What, where, why, next command; without a stack. */
export function complain(error: unknown): void {
  if (error instanceof DocumentError) return say(red(`✘ ${error.message}`))
  if (error instanceof OperatorError) {
    say(red(`✘ ${error.message}`))
    say(`  where  ${error.where}`)
    say(`  why    ${error.why}`)
    return say(`  next   ${error.next}`)
  }
  if (
    error instanceof Error &&
    ['ContractError', 'AlreadyOpen', 'MigrationRefused', 'Relaxed', 'StoreUnavailable', 'TypeError'].includes(error.name)
  ) {
    say(red(`✘ ${error.message}`))
    return say('  next   npm run tl -- doctor')
  }
  say(red(`✘ ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`))
  say('  This is a fault of Throughline itself. Please report it with the lines above.')
}

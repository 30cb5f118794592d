/** One line of the report. `pass` is `null` where there is no bar. */
export interface Row {
  readonly id: string
  readonly what: string
  readonly measured: string
  readonly baseline: string
  readonly ratio: string
  readonly bar: string
  readonly pass: boolean | null
}

const HEAD = ['id', 'what', 'measured', 'baseline', 'ratio', 'bar', '']

export function formatTable(rows: readonly Row[]): string {
  const verdict = (pass: boolean | null): string => (pass === null ? '' : pass ? 'pass' : 'FAIL')
  const cells = [HEAD, ...rows.map((row) => [row.id, row.what, row.measured, row.baseline, row.ratio, row.bar, verdict(row.pass)])]
  const widths = HEAD.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)))
  const lines = cells.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`)
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  return lines.join('\n')
}

/** `12,345` */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function fixed(value: number, digits = 2): string {
  return value.toFixed(digits)
}

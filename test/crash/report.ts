import type { CrashReport } from './run.ts'

/** Everything that is wrong, one line each; empty when all promises were kept. */
export function verdict(report: CrashReport): string[] {
  const { differences, books, restless } = report
  return [
    ...differences.map(({ kind, what }) => `${kind}: ${what}`),
    ...books.faults,
    ...books.openExceptions.map((text) => `open exception: ${text}`),
    ...(restless === 0 ? [] : [`${restless} write calls after both sides were equal`]),
  ]
}

export function table(report: CrashReport): string {
  const { kills, books } = report
  const of = (...kinds: readonly string[]): number => report.differences.filter(({ kind }) => kinds.includes(kind)).length
  const rows: readonly (readonly [string, string | number])[] = [
    ['kills between effect and answer', kills['effect in salesforce'] + kills['effect in hubspot']],
    ['kills between commit and acknowledgement', kills.commit],
    ['kills at any time', kills['any time']],
    ['aimed kills whose moment did not come', report.missed],
    ['people made, edits', `${report.created}, ${report.edited}`],
    ['webhook requests acknowledged, of these unseen by the vendor', `${report.acknowledged}, ${report.withheld}`],
    ['webhook events acknowledged', report.webhookItems],
    ['events in the log, receipts, audit rows', `${books.events}, ${books.receipts}, ${books.auditRows}`],
    ['quiet after', `${(report.quietAfterMs / 1_000).toFixed(1)} s`],
    ['lost', of('missing', 'lost')],
    ['doubled', of('doubled')],
    ['fields that differ', of('field')],
    ['faults in the books, open exceptions', `${books.faults.length}, ${books.openExceptions.length}`],
    ['write calls once quiet', report.restless],
  ]
  const width = Math.max(...rows.map(([what]) => what.length))
  return rows.map(([what, figure]) => `| ${what.padEnd(width)} | ${String(figure).padStart(12)} |`).join('\n')
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verdict } from './report.ts'
import { crash } from './run.ts'

test('three kills at the worst moments lose nothing and double nothing', { timeout: 240_000 }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'crash-test-'))
  try {
    const report = await crash({ kills: 3, dir, seed: 7, pauseMs: 80, say: () => undefined })
    expect(verdict(report)).toEqual([])
    expect(report.kills).toMatchObject({ 'effect in salesforce': 1, 'any time': 1, commit: 1 })
    // Something must have gone on, or every promise is kept by standing still.
    expect(report.created).toBeGreaterThan(5)
    expect(report.books.receipts).toBeGreaterThan(5)
    expect(report.webhookItems).toBeGreaterThan(5)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

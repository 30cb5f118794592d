import { defineConfig } from 'vitest/config'

const report = process.env['THROUGHLINE_TEST_REPORT']

export default defineConfig({
  test: {
    include: ['{contracts,connectors,core,server,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 30_000,
    pool: 'forks',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{contracts,connectors,core,server,test}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 30_000,
    pool: 'forks',
  },
})

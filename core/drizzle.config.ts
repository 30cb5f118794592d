import { defineConfig } from 'drizzle-kit'

export default defineConfig({ dialect: 'turso', schema: './core/src/db/schema.ts', out: './core/migrations' })

#!/usr/bin/env node
// The hook must be in place before anything that leads to a .tsx module is loaded, so the rest is imported after it.
import '../tsx-hook.ts'

const { run } = await import('./program.ts')
await run(process.argv)

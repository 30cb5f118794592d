#!/usr/bin/env node
// The hooks must be in place before anything that they are about is loaded, so the rest is imported after them.
import '../quick-load.ts'
import '../tsx-hook.ts'

const { run } = await import('./program.ts')
await run(process.argv)

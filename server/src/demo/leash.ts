// Preloaded into a sandbox's process: it ends when the demo that started it is gone, however that ended.
process.once('disconnect', () => process.exit(0))
process.channel?.unref()

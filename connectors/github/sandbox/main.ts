import { parseArgs } from 'node:util'
import { serveGithub } from './index.ts'

/** The sandbox as a process of its own: one line of JSON on stdout once it listens, then until SIGTERM or SIGINT. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4804' },
    seed: { type: 'string', default: '1' },
    /** URL that webhooks go to; the admin verb `webhooks` can change it later. */
    target: { type: 'string' },
  },
})
const sandbox = await serveGithub(Number(values.port), {
  seed: Number(values.seed),
  webhooks: values.target === undefined ? {} : { target: values.target },
})
console.log(JSON.stringify({ sandbox: 'github', url: sandbox.url }))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0))
  })
}

import { parseArgs } from 'node:util'
import type { Sandbox } from '@throughline/sdk/sandbox'
import { serveContentful } from './contentful/index.ts'
import { serveDirectus } from './directus/index.ts'
import { serveGhost } from './ghost/index.ts'
import { serveSanity } from './sanity/index.ts'
import { serveStrapi } from './strapi/index.ts'
import { serveWordpress } from './wordpress/index.ts'

type Serve = (port: number, options: { readonly seed?: number; readonly webhooks?: { readonly target: string } }) => Promise<Sandbox>

const KINDS: Readonly<Record<string, Serve>> = {
  strapi: serveStrapi,
  ghost: serveGhost,
  directus: serveDirectus,
  wordpress: serveWordpress,
  contentful: serveContentful,
  sanity: serveSanity,
}

/** One vendor's sandbox as a process of its own: one line of JSON on stdout once it listens, then until SIGTERM or SIGINT. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4803' },
    kind: { type: 'string', default: 'strapi' },
    seed: { type: 'string', default: '1' },
    /** URL that webhooks go to; the admin verb `webhooks` can change it later. */
    target: { type: 'string' },
  },
})
const serve = KINDS[values.kind]
if (!serve) {
  console.error(`There is no sandbox "${values.kind}"; there are ${Object.keys(KINDS).join(', ')}.`)
  process.exit(2)
}
const sandbox = await serve(Number(values.port), {
  seed: Number(values.seed),
  ...(values.target === undefined ? {} : { webhooks: { target: values.target } }),
})
console.log(JSON.stringify({ sandbox: values.kind, url: sandbox.url }))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void sandbox.close().then(() => process.exit(0))
  })
}

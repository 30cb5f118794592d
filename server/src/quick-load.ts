import { enableCompileCache, registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

// Compiled code is kept from start to start: nothing is read as TypeScript again, and the reader of it, 20 MB in each
// thread, is never loaded. Threads find the folder in the environment. It lies with the installed packages, because what
// lies in a shared temporary folder others could write. A folder that cannot be written costs only the time.
const cache = process.env['NODE_COMPILE_CACHE'] ?? fileURLToPath(new URL('../../node_modules/.cache/throughline', import.meta.url))
process.env['NODE_COMPILE_CACHE'] = cache
enableCompileCache(cache)

const HOME = '/node_modules/drizzle-orm/'

/**
 * For each module of a package Node parses the exports of its package.json anew; drizzle-orm's are 180 KB and it has a
 * hundred modules, which costs half a second of start-up and 140 MB that are not given back. Its relative imports need none
 * of that: they are ES modules beside each other. Import this before anything that leads to drizzle-orm.
 */
registerHooks({
  resolve(specifier, context, next) {
    const { parentURL } = context
    if (!specifier.startsWith('.') || !specifier.endsWith('.js') || !parentURL?.includes(HOME)) return next(specifier, context)
    return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
  },
})

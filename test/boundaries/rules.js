/**
 * Lint rules of our own, for what oxlint's cannot say.
 * `ports-only`: no module that brings time, timers, randomness or network of its own, and no `new Date()` or `Date()`,
 * which read the clock; `new Date(ms)` does not. Nor a module that is itself let off: sandboxes and test helpers.
 * `stay-inside`: a relative import never leaves its workspace package; other packages are named by `@throughline/…`,
 * where the restricted imports of the configuration see them.
 */
import { dirname, relative, resolve } from 'node:path'

const workspacePackage = /^(contracts|core|server|test|connectors\/[^/]+)(\/|$)/
const ambientModule = /^((node:)?(timers(\/promises)?|perf_hooks|https?|http2|net|tls|dgram)|undici)$/
const exempt = /(^|\/)(testing|sandbox)(\/|\.ts$|$)/
const ambientRandom = /^(random|getRandomValues|webcrypto)/

const portsOnly = {
  create(context) {
    const call = (node) => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'Date') return
      if (node.type === 'NewExpression' && node.arguments.length > 0) return
      context.report({ node, message: 'Reads the clock: take the time from the Clock or io port.' })
    }
    return {
      NewExpression: call,
      CallExpression: call,
      ImportDeclaration(node) {
        if (node.importKind === 'type') return
        const from = node.source.value
        if (exempt.test(from)) context.report({ node, message: `"${from}" is for tests and the demo only.` })
        if (ambientModule.test(from)) context.report({ node, message: `"${from}" goes round the ports.` })
        if (!/^(node:)?crypto$/.test(from)) return
        for (const specifier of node.specifiers) {
          const name = specifier.imported?.name ?? '*'
          if (name === '*' || ambientRandom.test(name)) context.report({ node: specifier, message: 'Randomness comes from the ids port.' })
        }
      },
    }
  },
}

const stayInside = {
  create(context) {
    const own = relative(context.cwd, context.filename).match(workspacePackage)?.[1]
    const check = (node) => {
      const specifier = node.source?.value
      if (own === undefined || typeof specifier !== 'string' || !specifier.startsWith('.')) return
      const target = relative(context.cwd, resolve(dirname(context.filename), specifier))
      if (target === own || target.startsWith(`${own}/`)) return
      context.report({ node, message: `Leaves the package "${own}": import ${target} by its package name.` })
    }
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check }
  },
}

export default {
  meta: { name: 'throughline' },
  rules: { 'ports-only': portsOnly, 'stay-inside': stayInside },
}

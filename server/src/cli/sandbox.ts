import { didYouMean } from '@throughline/contracts'
import type { Endpoint } from '../endpoint.ts'
import { OperatorError } from '../fault.ts'

/** The address of a demo's stand-in. A hub with real systems has none, and nothing of this kind is done to it. */
export function sandboxOf(endpoint: Endpoint, system: string): string {
  const url = endpoint.sandboxes?.[system]
  if (url !== undefined) return url
  const known = Object.keys(endpoint.sandboxes ?? {})
  if (known.length === 0)
    throw new OperatorError('This hub is no demo', {
      where: endpoint.url,
      why: 'it is connected to real systems, which are not for playing',
      next: 'Start the demo: npm start',
    })
  throw new OperatorError(`The demo has no system "${system}"`, {
    where: endpoint.url,
    why: `it has ${known.join(', ')}.${didYouMean(system, known)}`,
    next: `Try: npm run tl -- demo break ${known[0]}`,
  })
}

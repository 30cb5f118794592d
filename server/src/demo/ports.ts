import { createServer, type AddressInfo } from 'node:net'
import { portOf } from '../config.ts'
import { OperatorError } from '../fault.ts'
import { portTaken } from '../serve.ts'
import { DEMO_PORT } from './folder.ts'
import type { DemoSystem, SystemName } from './systems.ts'

export interface DemoPorts {
  readonly hub: number
  readonly sandboxes: Readonly<Record<SystemName, number>>
}

type Env = Readonly<Record<string, string | undefined>>

const ORDER: readonly SystemName[] = ['hubspot', 'salesforce', 'cms', 'github']

/** The hub's from THROUGHLINE_PORT, the sandboxes' from THROUGHLINE_DEMO_PORTS, in this order; what is 0 or left out gets a free one. */
export function demoPorts(env: Env, systems: readonly DemoSystem[]): DemoPorts {
  const hub = portOf(env) ?? DEMO_PORT
  const text = env['THROUGHLINE_DEMO_PORTS']
  if (text === undefined || text === '')
    return { hub, sandboxes: Object.fromEntries(systems.map(({ name, port }) => [name, port])) as DemoPorts['sandboxes'] }
  const given = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN))
  if (given.length > ORDER.length || !given.every((port) => port >= 0 && port <= 65_535))
    throw new OperatorError('THROUGHLINE_DEMO_PORTS is wrong', {
      where: 'the environment',
      why: `it names the ports of the sandboxes, in the order ${ORDER.join(', ')}`,
      next: 'Set it to four numbers, for instance THROUGHLINE_DEMO_PORTS=4821,4822,4823,4824.',
    })
  return { hub, sandboxes: Object.fromEntries(ORDER.map((name, i) => [name, given[i] ?? 0])) as DemoPorts['sandboxes'] }
}

/** Says so now if the hub's port is taken, before anything is started. Answers the port; for 0, a free one. */
export function freePort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (cause) => reject(portTaken('127.0.0.1', port, cause)))
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as AddressInfo
      server.close(() => resolve(bound))
    })
  })
}

import { createServer, type AddressInfo } from 'node:net'
import { portOf } from '../config.ts'
import { OperatorError } from '../fault.ts'
import { portTaken } from '../serve.ts'
import { DEMO_PORT } from './folder.ts'

export interface DemoPorts {
  readonly hub: number
  readonly hubspot: number
  readonly salesforce: number
}

type Env = Readonly<Record<string, string | undefined>>

/** The hub's from THROUGHLINE_PORT, the sandboxes' from THROUGHLINE_DEMO_PORTS (`hubspot,salesforce`; 0 takes a free one). */
export function demoPorts(env: Env): DemoPorts {
  const hub = portOf(env) ?? DEMO_PORT
  const text = env['THROUGHLINE_DEMO_PORTS']
  if (text === undefined || text === '') return { hub, hubspot: 4_801, salesforce: 4_802 }
  const [hubspot, salesforce, ...more] = text.split(',').map(Number)
  const isPort = (port: number | undefined): port is number => port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535
  if (!isPort(hubspot) || !isPort(salesforce) || more.length > 0)
    throw new OperatorError('THROUGHLINE_DEMO_PORTS is wrong', {
      where: 'the environment',
      why: 'it names the ports of the HubSpot and the Salesforce sandbox',
      next: 'Set it to two numbers, for instance THROUGHLINE_DEMO_PORTS=4811,4812.',
    })
  return { hub, hubspot, salesforce }
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

import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { OperatorError } from './fault.ts'

export interface Listening {
  readonly port: number
  /** Lets answers under way end, for a moment, then closes. */
  close(): Promise<void>
}

const SLOW_MS = 30_000
const GRACE_MS = 2_000

/** Listens. A request, body and all, has `slowMs` to arrive. Throws `OperatorError` when the port is taken. */
export async function listen(app: Hono, host: string, port: number, slowMs: number = SLOW_MS): Promise<Listening> {
  const server = serve({
    fetch: app.fetch,
    hostname: host,
    port,
    overrideGlobalObjects: false,
    serverOptions: {
      requestTimeout: slowMs,
      headersTimeout: Math.min(10_000, slowMs),
      connectionsCheckingInterval: Math.min(2_000, slowMs),
      keepAliveTimeout: 10_000,
    },
  }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? portTaken(host, port, error) : error))
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), GRACE_MS).unref()
      }),
  }
}

export function portTaken(host: string, port: number, cause?: unknown): OperatorError {
  return new OperatorError(`Port ${port} is taken`, {
    where: `${host}:${port}`,
    why: 'another program listens there, perhaps another hub',
    next: `Stop it, or move this one: THROUGHLINE_PORT=${port + 10} before the command.`,
    cause,
  })
}

import { createServer, request, Agent, type IncomingMessage, type ServerResponse } from 'node:http'

/** One item of a webhook, as far as the proxy looks. */
export interface Item {
  readonly eventId: number
  readonly objectId: number
  readonly changeSource?: string
  readonly sourceId?: string
}

/** Stands between the vendor's webhooks and the hub, and keeps the only account of what the hub has acknowledged. */
export interface Proxy {
  readonly url: string
  /** Items in requests that the hub answered with success, whether or not the vendor got to see it. */
  readonly accepted: ReadonlyMap<number, Item>
  /** Requests that the hub answered with success, and how many of those answers were withheld from the vendor. */
  counts(): { readonly acknowledged: number; readonly withheld: number; readonly refused: number }
  /** The next answer of success is seen here and goes no further: `then` is called at its first byte. */
  withhold(then: () => void): void
  close(): Promise<void>
}

export async function startProxy(port: number, hubPort: number): Promise<Proxy> {
  const agent = new Agent({ keepAlive: true })
  const accepted = new Map<number, Item>()
  const counts = { acknowledged: 0, withheld: 0, refused: 0 }
  let armed: (() => void) | null = null

  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => forward(incoming, Buffer.concat(chunks), outgoing))
  })

  function forward(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
    const onward = request(
      { host: '127.0.0.1', port: hubPort, method: incoming.method, path: incoming.url, headers: incoming.headers, agent },
      (answer) => {
        const isAccepted = answer.statusCode! >= 200 && answer.statusCode! < 300
        if (isAccepted) {
          counts.acknowledged += 1
          for (const item of JSON.parse(body.toString()) as Item[]) accepted.set(item.eventId, item)
        } else counts.refused += 1
        if (isAccepted && armed) {
          const then = armed
          armed = null
          counts.withheld += 1
          then()
          outgoing.destroy()
          answer.resume()
          return
        }
        outgoing.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(outgoing)
        answer.on('error', () => outgoing.destroy())
      },
    )
    onward.on('error', () => outgoing.destroy())
    onward.end(body)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    accepted,
    counts: () => ({ ...counts }),
    withhold: (then) => void (armed = then),
    close: () =>
      new Promise((resolve) => {
        agent.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

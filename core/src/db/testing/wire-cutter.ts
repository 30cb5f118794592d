/* oxlint-disable throughline/ports-only -- a line to cut, for tests */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** `answer`: the request goes through, its answer does not. `request`: it never arrives. `silence`: it goes through, the line stays open and mute. */
export type Cut = 'answer' | 'request' | 'silence'

export interface WireCutter {
  readonly url: string
  readonly cuts: number
  /** Cuts the next requests that carry a batch, one each. */
  cut(...cuts: Cut[]): void
  close(): Promise<void>
}

/** A TCP line to a libSQL server that can be cut around a commit. Requests are told apart by the BEGIN that every batch carries. */
export async function startWireCutter(target: string): Promise<WireCutter> {
  const { port } = new URL(target)
  const plan: Cut[] = []
  const sockets = new Set<Socket>()
  let cuts = 0

  const server = createServer((client) => {
    const upstream = connect(Number(port), '127.0.0.1')
    let cutting: Cut | undefined
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        if (cutting !== 'answer') upstream.destroy()
        client.destroy()
      })
    }
    client.on('data', (data) => {
      if (cutting === undefined && plan.length > 0 && data.includes('BEGIN')) {
        cutting = plan.shift()
        cuts++
      }
      if (cutting === 'request') client.destroy()
      else upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (cutting === undefined) client.write(data)
      else if (cutting === 'answer') {
        client.destroy()
        upstream.destroy()
      }
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts
    },
    cut: (...more) => void plan.push(...more),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

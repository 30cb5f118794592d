import { connect, type Socket } from 'node:net'
import { answer } from './child.ts'
import { percentile } from './stats.ts'
import { randomEventId, webhookRequest } from './webhook.ts'

// The load generator, in a process of its own: prebuilt requests over plain sockets, so that it takes as little of the
// machine as it can from the server that is measured.

export interface Prepare {
  readonly port: number
  readonly path: string
  readonly secret: string
  readonly count: number
  /** Object ids are drawn from `firstObject`.. (1 if absent), so many of them. */
  readonly objects: number
  readonly firstObject?: number
}

export interface Run {
  readonly connections: number
  readonly seconds: number
  /** Requests per second over all connections; as fast as answers come if absent. */
  readonly rate?: number
  /** Use the prepared requests again when they run out. */
  readonly again?: boolean
  /** The server will be killed: that ends the run, and the event ids that it accepted are answered. */
  readonly untilKilled?: boolean
}

export interface Load {
  readonly answered: number
  readonly refused: number
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  readonly accepted: readonly number[]
}

let port = 0
let requests: Buffer[] = []
let eventIds: number[] = []
let next = 0

answer({
  prepare(input: Prepare) {
    port = input.port
    next = 0
    const at = Date.now()
    const first = input.firstObject ?? 1
    eventIds = Array.from({ length: input.count }, randomEventId)
    requests = eventIds.map((eventId, i) => {
      const change = { objectId: first + (i % input.objects), property: 'phone', value: `+49 30 ${100_000 + i}`, eventId, at }
      return webhookRequest(port, input.path, input.secret, [change])
    })
  },
  run,
})

async function run(input: Run): Promise<Load> {
  const sockets = await Promise.all(Array.from({ length: input.connections }, () => open()))
  const latencies: number[] = []
  let refused = 0
  let out = 0
  const start = performance.now()
  const end = start + input.seconds * 1_000
  const result = Promise.withResolvers<void>()
  const idle: Socket[] = [...sockets]
  const begun = new Map<Socket, number>()
  const carried = new Map<Socket, number>()
  const accepted: number[] = []
  let last = start

  const take = (): number | undefined => {
    if (next === requests.length && input.again === true) next = 0
    return next < requests.length ? next++ : undefined
  }
  /** With a rate a request counts from when it was due, so that a server that stalls is not spared. */
  const send = (socket: Socket, since: number): boolean => {
    const request = performance.now() < end ? take() : undefined
    if (request === undefined) return false
    begun.set(socket, since)
    carried.set(socket, request)
    out += 1
    socket.write(requests[request]!)
    return true
  }
  const finish = (): void => {
    if (out === 0) result.resolve()
  }
  for (const socket of sockets) {
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      const head = seen.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1] ?? 0)
      if (seen.length < head + 4 + length) return
      if (!/^HTTP\/1\.1 2/.test(seen)) refused += 1
      else if (input.untilKilled === true) accepted.push(eventIds[carried.get(socket)!]!)
      seen = ''
      out -= 1
      last = performance.now()
      latencies.push(last - begun.get(socket)!)
      if (input.rate === undefined) {
        if (!send(socket, last)) finish()
      } else idle.push(socket)
    })
    const lost = (error?: Error): void => {
      if (input.untilKilled === true) result.resolve()
      else result.reject(error ?? new Error('the server closed a connection'))
    }
    socket.on('close', () => lost())
    socket.on('error', lost)
  }
  if (input.rate === undefined) {
    for (const socket of idle.splice(0)) send(socket, performance.now())
    finish()
  } else await pace(input.rate)
  await result.promise
  for (const socket of sockets) {
    socket.removeAllListeners()
    socket.destroy()
  }
  const seconds = (last - start) / 1_000
  return {
    answered: latencies.length,
    refused,
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    accepted,
  }

  async function pace(rate: number): Promise<void> {
    let sent = 0
    while (performance.now() < end) {
      const due = Math.floor(((performance.now() - start) * rate) / 1_000)
      while (sent < due && idle.length > 0) {
        if (!send(idle.pop()!, start + (sent * 1_000) / rate)) break
        sent += 1
      }
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const wait = setInterval(() => {
      if (out > 0) return
      clearInterval(wait)
      result.resolve()
    }, 5)
  }
}

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.removeListener('error', reject)
      resolve(socket)
    })
  })
}

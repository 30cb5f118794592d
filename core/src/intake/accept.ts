import type { Connection, RawRequest, RawSignal } from '@throughline/sdk'
import { EACH } from '../db/each.ts'
import { statement, type Statement } from '../db/port.ts'
import type { Store } from '../db/store.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { append, type NewEvent } from '../log/append.ts'
import { dedupeKey } from '../log/dedupe.ts'

/** What became of one webhook request: durable when this is answered. Repeats of known items are counted, not stored. */
export interface Accepted {
  readonly request: string
  readonly items: number
}

interface Waiting {
  readonly connection: string
  readonly request: RawRequest
  readonly signals: readonly RawSignal[]
  resolve(accepted: Accepted): void
  reject(error: unknown): void
}

/** Header values that may carry a credential; signatures are kept, they prove the request. */
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-hub-token', 'x-api-key'])
const BATCH = 256

const SAVE_REQUESTS = `INSERT INTO requests (id, connection, received_at, headers, body)
SELECT j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4 FROM ${EACH} j`

/**
 * Takes verified webhooks into the log. Requests that arrive while a commit runs share the next one, as one unit of
 * three statements: that is what makes intake fast. Answers only after the commit.
 */
export function createAccept(
  store: Store,
  clock: Clock,
  ids: Ids,
  appended: () => void,
): (connection: string, remote: Connection, request: RawRequest) => Promise<Accepted> {
  let queue: Waiting[] = []
  let isRunning = false

  async function drain(): Promise<void> {
    isRunning = true
    try {
      while (queue.length > 0) {
        const taken = queue.slice(0, BATCH)
        queue = queue.slice(BATCH)
        await commit(taken)
      }
    } finally {
      isRunning = false
    }
  }

  async function commit(taken: readonly Waiting[]): Promise<void> {
    const now = clock.now()
    const withIds = taken.map((waiting) => ({ ...waiting, id: ids.next() }))
    try {
      await store.commit(statements(withIds, now))
    } catch (error) {
      for (const waiting of taken) waiting.reject(error)
      return
    }
    for (const waiting of withIds) waiting.resolve({ request: waiting.id, items: waiting.signals.length })
    appended()
  }

  function statements(taken: readonly (Waiting & { readonly id: string })[], now: number): Statement[] {
    const requests = taken.map(({ id, connection, request }) => {
      const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !SECRET_HEADERS.has(name)))
      return [id, connection, request.receivedAt, JSON.stringify(headers), Buffer.from(request.body).toString('utf8')]
    })
    const events = new Map<string, NewEvent>()
    for (const { id, connection, signals } of taken) {
      for (const signal of signals) {
        const key = dedupeKey(connection, signal.id, signal.time)
        if (!events.has(key)) events.set(key, toEvent(ids.next(), id, connection, signal, key, now))
      }
    }
    return [statement(SAVE_REQUESTS, JSON.stringify(requests)), ...append([...events.values()])]
  }

  return async (connection, remote, request) => {
    const signals = await remote.accept!(request)
    return new Promise((resolve, reject) => {
      queue.push({ connection, request, signals, resolve, reject })
      if (!isRunning) void drain()
    })
  }
}

/** A vendor's signal as an event of the log; `requestId` is `null` where no request brought it. */
export function toEvent(
  id: string,
  requestId: string | null,
  source: string,
  signal: RawSignal,
  key: string,
  receivedAt: number,
): NewEvent {
  const base = { id, source, time: signal.time, receivedAt, requestId, key }
  if (!signal.subject) return { ...base, type: 'signal.unreadable', stream: '', externalId: '', asOf: null, body: signal.body }
  const { stream, externalId } = signal.subject
  // A whole object in a webhook was read before anything the hub has written since: asOf 0 makes later stages careful.
  if (signal.record) return { ...base, type: 'snapshot', stream, externalId, asOf: 0, body: JSON.stringify(signal.record) }
  return { ...base, type: `signal.${signal.type}`, stream, externalId, asOf: null, body: signal.body }
}

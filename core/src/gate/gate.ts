import { VendorError, type Limits } from '@throughline/sdk'
import type { Clock } from '../clock.ts'
import { guard, statement, type Row } from '../db/port.ts'
import { GuardFailed } from '../db/errors.ts'
import type { Store } from '../db/store.ts'
import { admit, closedBreaker, giveBack, record, type Breaker } from './breaker.ts'
import { block, fullBucket, take, type Bucket } from './bucket.ts'

/** Whether one vendor call may go out now. */
export type Leave =
  | { readonly go: true; readonly probe: boolean }
  | { readonly go: false; readonly at: number; readonly why: 'paused' | 'breaker' | 'rate' }

/** What a call said of the vendor's health. `fault`: outage, time-out, garbage. `limited`: only the rate. */
export type CallOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'fault'; readonly why: string }
  | { readonly kind: 'limited'; readonly at?: number | undefined }
  /** No call was made after all. Who got leave and does not use it must say so, or a probe would be waited for in vain. */
  | { readonly kind: 'unused' }

/**
 * One door per connection, shared by all nodes through the `connections` row: pause, breaker and rate. Ask before every
 * vendor call, report after it. Tokens are taken from the row in small blocks, so that not every call costs a commit.
 */
export interface Gate {
  ask(): Promise<Leave>
  report(outcome: CallOutcome): Promise<void>
  /** Forgets tokens taken ahead: after a pause or resume in this process, so that it holds from the next call on. */
  refresh(): void
}

const READ = 'SELECT paused, breaker, bucket, trouble, version FROM connections WHERE name = ?'
const WRITE = 'UPDATE connections SET breaker = ?, bucket = ?, trouble = ?, version = version + 1 WHERE name = ?'
/** How often a closed door is looked at: a probe's success elsewhere, or a resume, opens it early. */
const LOOK_MS = 1_000

interface GateState {
  readonly breaker: Breaker
  readonly bucket: Bucket
  /** JSON of the last failure, for people; `null` when the last call went well. */
  readonly trouble: string | null
}

interface GateRow extends Row {
  readonly paused: number
  readonly breaker: string
  readonly bucket: string
  readonly trouble: string | null
  readonly version: number
}

export function createGate(name: string, connector: string, limits: Limits, store: Store, clock: Clock): Gate {
  const stash = { tokens: 0, until: 0 }
  // While the breaker is closed and nothing fails there is nothing to write down.
  let quiet = true

  async function load(): Promise<(GateState & { readonly paused: boolean; readonly version: number }) | null> {
    const [row] = await store.all<GateRow>(READ, [name])
    if (!row) return null
    return {
      paused: row.paused === 1,
      breaker: JSON.parse(row.breaker) as Breaker,
      bucket: JSON.parse(row.bucket) as Bucket,
      trouble: row.trouble,
      version: row.version,
    }
  }

  /** Reads, decides, writes if nobody else did meanwhile; else again. */
  async function change<T>(
    decide: (row: GateState & { readonly paused: boolean }) => { readonly store?: GateState; readonly answer: T },
  ): Promise<T> {
    for (;;) {
      const row = await load()
      if (!row) {
        await store.commit([insertConnection(name, connector, limits, clock.now())])
        continue
      }
      const { store: next, answer } = decide(row)
      if (!next) return answer
      try {
        await store.commit([
          guard('(SELECT version FROM connections WHERE name = ?) = ?', name, row.version),
          statement(WRITE, JSON.stringify(next.breaker), JSON.stringify(next.bucket), next.trouble, name),
        ])
        return answer
      } catch (error) {
        if (!(error instanceof GuardFailed)) throw error
      }
    }
  }

  return {
    ask: async () => {
      const now = clock.now()
      if (quiet && stash.tokens > 0 && now < stash.until) {
        stash.tokens -= 1
        return { go: true, probe: false }
      }
      return change<Leave>(({ paused, breaker, bucket, trouble }) => {
        if (paused) return { answer: { go: false, at: now + LOOK_MS, why: 'paused' } }
        const leave = admit(breaker, now)
        if (!leave.go) return { answer: { go: false, at: Math.min(leave.at, now + LOOK_MS), why: 'breaker' } }
        const wanted = leave.probe ? 1 : Math.max(1, Math.ceil(limits.calls / 20))
        const taken = take(bucket, limits, wanted, now)
        if ('at' in taken) return { answer: { go: false, at: taken.at, why: 'rate' } }
        quiet = breaker.status === 'closed' && breaker.inRow === 0
        stash.tokens = taken.granted - 1
        stash.until = now + Math.min(1_000, limits.per / 10)
        return { store: { breaker: leave.next, bucket: taken.next, trouble }, answer: { go: true, probe: leave.probe } }
      })
    },
    report: async (outcome) => {
      if ((outcome.kind === 'ok' || outcome.kind === 'unused') && quiet) return
      const now = clock.now()
      if (outcome.kind === 'fault' || outcome.kind === 'limited') {
        quiet = false
        stash.tokens = 0
      }
      await change(({ breaker, bucket, trouble }) => {
        const next =
          outcome.kind === 'ok' || outcome.kind === 'fault' ? record(breaker, outcome.kind === 'ok', now) : giveBack(breaker, now)
        if (outcome.kind === 'ok') quiet = next.status === 'closed' && next.inRow === 0
        return {
          store: {
            breaker: next,
            bucket: outcome.kind === 'limited' ? block(bucket, limits, now, outcome.at) : bucket,
            trouble: outcome.kind === 'ok' ? null : outcome.kind === 'fault' ? JSON.stringify({ at: now, why: outcome.why }) : trouble,
          },
          answer: undefined,
        }
      })
    },
    refresh: () => {
      stash.tokens = 0
    },
  }
}

/** What a failed call says of the vendor. A `VendorError`'s message is meant for people; of anything else only the name is told. */
export function outcomeOf(error: unknown): CallOutcome {
  if (!(error instanceof VendorError)) return { kind: 'fault', why: error instanceof Error ? error.name : 'unknown error' }
  return error.next === 'limited' ? { kind: 'limited', at: error.at } : { kind: 'fault', why: error.message }
}

/** The row of a connection that is new here; leaves an existing one alone. */
export function insertConnection(name: string, connector: string, limits: Limits, now: number): ReturnType<typeof statement> {
  return statement(
    'INSERT INTO connections (name, connector, paused, breaker, bucket, version) VALUES (?, ?, 0, ?, ?, 0) ON CONFLICT DO NOTHING',
    name,
    connector,
    JSON.stringify(closedBreaker(now)),
    JSON.stringify(fullBucket(limits, now)),
  )
}

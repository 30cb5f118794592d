import {
  compareText,
  Refused,
  type Connection,
  type Connector,
  type Delivery,
  type Exchange,
  type Fields,
  type RawRecord,
  type RawSignal,
  type WriteResult,
} from '@throughline/sdk'
import type { Landed, Thing, Vendor } from './vendor.ts'
import type { Ledger } from './ledger.ts'
import { ask, type NetworkContext } from './network.ts'
import type { Process } from './process.ts'

export interface ConnectorContext extends NetworkContext {
  readonly ledger: Ledger
  /** Records what a write call answered. */
  trace(who: string, what: string): void
  /** Limit the hub sets to a write call, ms: what lands later than it lands within the vendor's bound. */
  readonly callMs: number
  /** A pull that began at this time has shown all its pages. */
  pulled(vendor: string, startedAt: number): void
  /** A promise broken while a vendor acts, outside any call of the hub. */
  broken(error: unknown): void
}

interface Row {
  readonly delivery: Delivery
  readonly landed: Landed | 'locked' | 'none'
}

/** A vendor as one process reaches it: a connector over the truth, honest about what it cannot know. */
export function createSimConnector(process: Process, vendor: Vendor, context: ConnectorContext): Connector<null> {
  const { spec } = vendor
  const { scheduler, chance, ledger } = context
  const no = { because: 'the simulated vendor has none' }

  function changesSince(after: readonly [number, string], limit: number): Thing[] {
    return [...vendor.things.values()]
      .filter((thing) => thing.touchedAt + spec.lagMs <= scheduler.now() && compareTuple([thing.modifiedAt, thing.id], after) > 0)
      .sort((a, b) => compareTuple([a.modifiedAt, a.id], [b.modifiedAt, b.id]))
      .slice(0, limit)
  }

  async function* pull(_stream: string, cursor: string | null, signal: AbortSignal): ReturnType<Connection['pull']> {
    const startedAt = scheduler.now()
    const [time, id] = cursor === null ? [0, ''] : (JSON.parse(cursor) as [number, string])
    let after: readonly [number, string] = [time - OVERLAP_MS, id]
    for (;;) {
      const [from] = [after]
      const records = await ask(
        process,
        vendor,
        signal,
        () => changesSince(from, spec.batch.page).map((thing) => [thing, vendor.show(thing)] as const),
        context,
      )
      const last = records.at(-1)?.[1]
      if (last === undefined) return context.pulled(spec.name, startedAt)
      after = [last.modifiedAt!, last.id]
      // The stored cursor never goes back, whatever the overlap showed.
      const next = compareTuple(after, [time, id]) > 0 ? after : ([time, id] as const)
      yield { records: records.map(([, raw]) => raw), cursor: JSON.stringify(next) }
      if (records.length < spec.batch.page) return context.pulled(spec.name, startedAt)
    }
  }

  async function write(deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]> {
    const results = await send(deliveries, signal).catch((error: unknown) => {
      context.broken(error)
      throw error
    })
    for (const result of results) {
      context.happened(
        `result: ${result.next}${result.next === 'retry' && result.limited ? ' limited' : result.next === 'retry' && result.alone ? ' alone' : ''}`,
      )
    }
    return results
  }

  function send(deliveries: readonly Delivery[], signal: AbortSignal): Promise<readonly WriteResult[]> {
    const faults = context.faults()
    const all = (make: () => WriteResult): WriteResult[] => deliveries.map(make)
    const unknown = (why: string): WriteResult[] => all(() => ({ next: 'unknown', why, exchange: NO_EXCHANGE }))
    const there = chance.hit(0.1) ? chance.between(200, 1_500) : chance.between(5, 150)
    const back = chance.hit(0.1) ? chance.between(200, 1_500) : chance.between(5, 150)
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(all(() => ({ next: 'retry', why: 'given up before it was sent', exchange: NO_EXCHANGE })))
      signal.addEventListener('abort', () => resolve(unknown('no answer in time')), { once: true })
      const answer = (ms: number, results: () => readonly WriteResult[]): void => {
        process.answer(ms, 'call', () => resolve(results()))
      }
      if (scheduler.now() < context.downUntil(spec.name)) {
        context.happened('write: vendor down')
        return answer(there, () => all(() => ({ next: 'retry', why: 'connection refused', exchange: NO_EXCHANGE })))
      }
      if (chance.hit(faults.limited)) {
        context.happened('write: 429')
        return answer(there + back, () =>
          all(() => ({
            next: 'retry',
            limited: true,
            why: '429',
            exchange: NO_EXCHANGE,
            ...(chance.hit(0.5) ? { at: scheduler.now() + 1_500 } : {}),
          })),
        )
      }
      const lost = chance.hit(faults.requestLost) || chance.hit(faults.downBefore)
      const mayLand = !lost
      const flights = deliveries.map((delivery) => ledger.sent(process.node, vendor, delivery))
      const reset = (what: string, ms: number): void => {
        context.happened(`write: ${what}`)
        // A connection that breaks is noticed at once, one that falls silent when the caller's patience ends.
        if (!chance.hit(0.4)) answer(ms, () => unknown(what))
      }
      if (!mayLand) {
        for (const flight of flights) flight.isOver = true
        return reset('request lost', there)
      }
      const isLate = chance.hit(faults.late)
      const upTo = chance.hit(faults.partial) ? chance.between(0, deliveries.length - 1) : deliveries.length
      const isShort = chance.hit(faults.short)
      const isCut = upTo < deliveries.length || chance.hit(faults.answerLost) || chance.hit(faults.downAfter)
      const landNow = (): void => {
        isLanded = true
        try {
          const rows = land(deliveries, flights, upTo)
          if (isLate) context.happened('write: landed late')
          else if (upTo < deliveries.length) reset('part of a batch landed', back)
          else if (isCut) reset('landed, answer lost', back)
          else {
            // The answer is made now: what people do while it travels is not in it.
            const results = rows.map((row) => (isShort && chance.hit(0.5) ? missing(context) : resultOf(row, deliveries.length)))
            answer(back, () => results)
          }
        } catch (error) {
          context.broken(error)
        }
      }
      let isLanded = false
      let isGivenUp = false
      let landing = scheduler.after(isLate ? context.callMs + spec.visibilityMs : there, landNow)
      // However slow: so long after the caller gave up, or died, nothing of it happens any more.
      const givenUp = (): void => {
        if (isLanded || isGivenUp) return
        isGivenUp = true
        landing.cancel()
        const left = Math.min(landing.at - scheduler.now(), spec.visibilityMs - 100)
        landing = scheduler.after(isLate ? chance.between(0, left) : left, landNow)
      }
      signal.addEventListener('abort', givenUp, { once: true })
      process.onDeath(givenUp)
    })
  }

  function land(deliveries: readonly Delivery[], flights: readonly ReturnType<Ledger['sent']>[], upTo: number): Row[] {
    const refusesAll =
      spec.refusesWhole &&
      deliveries.some((delivery) => Object.entries(delivery.patch).some(([property, value]) => spec.refuses(property, value)))
    return deliveries.map((delivery, i) => {
      const flight = flights[i]!
      flight.isOver = true
      if (i >= upTo) return { delivery, landed: 'none' }
      if (refusesAll) return { delivery, landed: { kind: 'refused' } }
      if (chance.hit(context.faults().locked)) {
        context.happened('write: row locked')
        return { delivery, landed: 'locked' }
      }
      const landed = vendor.apply(delivery)
      ledger.landed(process.node, vendor, delivery, flight, landed)
      return { delivery, landed }
    })
  }

  function resultOf({ landed }: Row, size: number): WriteResult {
    const exchange = NO_EXCHANGE
    if (landed === 'none') return { next: 'unknown', why: 'no row', exchange }
    if (landed === 'locked') return { next: 'retry', why: 'the row is locked', exchange }
    switch (landed.kind) {
      case 'stored': {
        const isReadBack = spec.readsBack === 'always' || chance.hit(0.5)
        return {
          next: 'done',
          receipt: { externalId: landed.thing.id, raw: isReadBack ? vendor.show(landed.thing) : null, created: landed.created },
          exchange,
        }
      }
      case 'conflict':
        return {
          next: 'conflict',
          current: landed.thing && chance.hit(0.7) ? vendor.show(landed.thing) : null,
          why: 'changed over there',
          exchange,
        }
      case 'refused':
        if (spec.refusesWhole && size > 1) return { next: 'retry', alone: true, why: 'the batch was refused as a whole', exchange }
        return { next: 'reject', why: 'the value is not allowed', exchange }
    }
  }

  function read(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, RawRecord | null>> {
    return ask(
      process,
      vendor,
      signal,
      () =>
        new Map(
          ids.map((id) => {
            const thing = vendor.things.get(id)
            ledger.looked(process.node, vendor, thing)
            // Like a plain read by id, which does not show the dead.
            return [id, thing && thing.deletedAt === null ? vendor.show(thing) : null]
          }),
        ),
      context,
    )
  }

  function find(field: string, values: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly RawRecord[]>> {
    return ask(
      process,
      vendor,
      signal,
      () =>
        new Map(
          values.map((value) => {
            const found = [...vendor.things.values()].filter(
              (thing) => thing.deletedAt === null && propertyOf(vendor, thing, field) === value.toLowerCase(),
            )
            for (const thing of found) ledger.looked(process.node, vendor, thing)
            return [value, found.map((thing) => vendor.show(thing))]
          }),
        ),
      context,
    )
  }

  return {
    name: spec.name,
    configSchema: {},
    mappings: {},
    limits: { calls: 40, per: 1_000 },
    streams: {
      [spec.stream]: {
        entity: 'person',
        can: {
          webhook: spec.webhook === 'none' ? no : true,
          pull: true,
          list: no,
          find: true,
          write: true,
          delete: no,
          merge: no,
          ...(spec.keepsMarkUnique ? { upsertBy: spec.markProperty } : { upsertBy: no, markedBy: spec.markProperty }),
          versionCheck: spec.checksVersion ? true : no,
          batch: spec.batch,
          visibilityMs: spec.visibilityMs,
        },
        compareIds: compareText,
        decode: (raw: RawRecord) => (raw.body as { readonly properties: Fields }).properties,
        encode: (patch: Fields) => patch,
      },
    },
    connect: () => ({
      check: async () => ({ ok: true, account: spec.name }),
      ...(spec.webhook === 'none' ? {} : { accept: acceptHook }),
      pull,
      list: () => {
        throw new Error('the simulated vendor has no list')
      },
      read: (_stream, ids, signal) => read(ids, signal),
      find: (_stream, field, values, signal) => find(field, values, signal),
      write: (_stream, deliveries, signal) => write(deliveries, signal),
    }),
  }
}

const OVERLAP_MS = 5_000
const NO_EXCHANGE: Exchange = { method: 'POST', path: '/simulated', request: '', status: null, answer: '' }

function missing(context: ConnectorContext): WriteResult {
  context.happened('write: answer without a row')
  return { next: 'unknown', why: 'the answer has no row for this input', exchange: NO_EXCHANGE }
}

async function acceptHook(request: { readonly body: Uint8Array }): Promise<readonly RawSignal[]> {
  const items: unknown = JSON.parse(Buffer.from(request.body).toString('utf8'))
  if (!Array.isArray(items)) throw new Refused('malformed', 'not a list')
  return items as RawSignal[]
}

function propertyOf(vendor: Vendor, thing: Thing, property: string): string | null {
  if (property === vendor.spec.markProperty) return thing.mark?.toLowerCase() ?? null
  const field = Object.entries(vendor.spec.properties).find(([, remote]) => remote === property)?.[0]
  return field === undefined ? null : (thing.cells[field]?.value?.trim().toLowerCase() ?? null)
}

function compareTuple(a: readonly [number, string], b: readonly [number, string]): number {
  return a[0] - b[0] || compareText(a[1], b[1])
}

import type { Delivery } from '@throughline/sdk'
import type { Scheduler } from './scheduler.ts'
import { originKey, type Cell, type HumanWrite, type Landed, type Thing, type Vendor } from './vendor.ts'

/** A promise of the hub was broken. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

interface Flight {
  readonly key: string
  /** Until its effect has happened or can no longer happen. */
  isOver: boolean
}

interface Link {
  readonly flights: Flight[]
  /** Keys in the order in which each was first sent. */
  readonly keys: string[]
}

interface KeyLife {
  sentAt: number
  effects: number
  lastEffectAt: number
}

export interface LedgerContext {
  readonly scheduler: Scheduler
  /** How long a claim lasts: an older look belongs to another one. */
  readonly leaseMs: number
  /** Whether the hub has this value on a record or in a history. */
  isKnown(value: string): boolean
  /** Whether this value is what the record holds now. */
  isWinner(recordId: string, field: string, value: string): boolean
  happened(what: string): void
  trace(who: string, what: string): void
}

/**
 * Watches every write of the hub from the vendors' side: order per object, one effect per key, one object per record,
 * and no value of a person overwritten that the hub had been shown and did not take in.
 */
export interface Ledger {
  looked(node: string, vendor: Vendor, thing: Thing | undefined): void
  sent(node: string, vendor: Vendor, delivery: Delivery): Flight
  landed(node: string, vendor: Vendor, delivery: Delivery, flight: Flight, what: Landed): void
  wasSentSince(key: string, at: number): boolean
  /** Values of people that an unavoidable race took: written between the hub's look and its write. */
  readonly raced: ReadonlySet<HumanWrite>
}

export function createLedger({ scheduler, leaseMs, isKnown, isWinner, happened, trace }: LedgerContext): Ledger {
  const links = new Map<string, Link>()
  const keys = new Map<string, KeyLife>()
  const looks = new Map<string, number[]>()
  const lastSent = new Map<string, number>()
  const raced = new Set<HumanWrite>()

  function linkOf(vendor: Vendor, recordId: string): Link {
    const name = `${vendor.spec.name}\n${recordId}`
    let link = links.get(name)
    if (!link) links.set(name, (link = { flights: [], keys: [] }))
    return link
  }

  function checkOverwritten(
    node: string,
    vendor: Vendor,
    delivery: Delivery,
    thing: Thing,
    overwritten: readonly (readonly [string, Cell, string | null])[],
    before: KeyLife,
    previousSentAt: number | null,
  ): void {
    let excused = 0
    for (const [field, cell, value] of overwritten) {
      const write = cell.origin
      if (cell.value !== null && value !== null && originKey(field, cell.value) === originKey(field, value)) {
        excused += 1
        continue
      }
      if (!write || write.object !== thing.id || write.vendor !== vendor.spec.name) continue
      // A value that the hub has taken in may go, unless it is the one that won: then an older one goes over a newer.
      if (cell.value === null || (isKnown(cell.value) && !isWinner(delivery.recordId, field, cell.value))) {
        excused += 1
        continue
      }
      // A look of the same claim that came before the value: between it and the write nothing can be known. A node reads for
      // other reasons too, so a later read proves nothing against it.
      const since = Math.max(previousSentAt ?? 0, scheduler.now() - leaseMs)
      const hasLooked = looks.get(`${node}\n${vendor.spec.name}\n${thing.id}`)?.some((at) => at > since && at <= write.at) === true
      if (vendor.spec.checksVersion || !hasLooked) {
        const why = vendor.spec.checksVersion ? 'in spite of the version check' : 'without a look before it was written'
        throw new Violation(
          `6: ${delivery.key} overwrote ${field} "${cell.value}" of ${thing.id} with "${value}" ${why}; the hub ${isKnown(cell.value) ? 'holds that value for the newer' : 'does not know that value'}`,
        )
      }
      happened('race: a value written between look and write')
      raced.add(write)
      excused += 1
    }
    if (before.effects > 0 && excused < overwritten.length)
      throw new Violation(
        `4: ${delivery.key} took effect twice on ${thing.id}: ${overwritten.map(([field, , value]) => `${field} "${value}"`).join(', ')}`,
      )
  }

  function checkCreated(vendor: Vendor, { recordId, key }: Delivery, thing: Thing): void {
    for (const other of vendor.things.values()) {
      if (other === thing || other.deletedAt !== null) continue
      if (other.bornOf === 'hub' && other.mark === recordId)
        throw new Violation(`4: ${key} made ${thing.id} beside ${other.id} for one record`)
    }
    for (const [field, { origin }] of Object.entries(thing.cells)) {
      if (field === 'email' || origin?.vendor !== vendor.spec.name) continue
      const source = vendor.things.get(origin.object)
      if (source && source.deletedAt === null)
        throw new Violation(`4: ${key} made ${thing.id} in ${vendor.spec.name} from ${field} of ${source.id}, which lives there`)
    }
  }

  return {
    raced,
    wasSentSince: (key, at) => (lastSent.get(key) ?? -1) >= at,
    looked(node, vendor, thing) {
      if (!thing) return
      const name = `${node}\n${vendor.spec.name}\n${thing.id}`
      looks.set(name, [...(looks.get(name) ?? []).filter((at) => at > scheduler.now() - leaseMs), scheduler.now()])
    },
    sent(node, vendor, delivery) {
      const link = linkOf(vendor, delivery.recordId)
      const open = link.flights.find((flight) => !flight.isOver)
      if (open)
        throw new Violation(
          `3: ${node} sent ${delivery.key} to ${vendor.spec.name} ${delivery.externalId ?? 'new'} while ${open.key === delivery.key ? 'its own first sending' : open.key} may still land`,
        )
      if (!link.keys.includes(delivery.key)) link.keys.push(delivery.key)
      else happened('write: sent again')
      lastSent.set(delivery.key, scheduler.now())
      const flight = { key: delivery.key, isOver: false }
      link.flights.push(flight)
      return flight
    },
    landed(node, vendor, delivery, flight, what) {
      flight.isOver = true
      const { key } = delivery
      const link = linkOf(vendor, delivery.recordId)
      if (link.keys.at(-1) !== key)
        throw new Violation(`3: ${key} landed on ${delivery.externalId} after ${link.keys.at(-1)} had been sent`)
      const life = keys.get(key) ?? { sentAt: -1, effects: 0, lastEffectAt: -1 }
      trace(node, `${vendor.spec.name} ${delivery.operation} ${key.slice(0, 6)} ${what.kind} ${JSON.stringify(delivery.patch)}`)
      if (what.kind === 'stored') {
        const previous = keys.has(key) ? life.sentAt : null
        // A person has deleted what this key made before: nobody can tell that from a create that never arrived.
        if (what.created) life.effects = 0
        checkOverwritten(node, vendor, delivery, what.thing, what.overwritten, life, previous)
        if (what.created) checkCreated(vendor, delivery, what.thing)
        if (what.created || what.overwritten.length > 0) {
          life.effects += 1
          life.lastEffectAt = scheduler.now()
        } else happened('write: changed nothing')
      }
      life.sentAt = scheduler.now()
      keys.set(key, life)
    },
  }
}

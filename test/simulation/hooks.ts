import type { Hub } from '@throughline/core'
import type { RawSignal } from '@throughline/sdk'
import type { Chance } from './chance.ts'
import type { Faults } from './plan.ts'
import type { Process } from './process.ts'
import type { Scheduler } from './scheduler.ts'
import type { Noticed, Thing, Vendor } from './vendor.ts'

export interface HooksContext {
  readonly scheduler: Scheduler
  readonly chance: Chance
  faults(): Faults
  /** Any running instance, as a load balancer would choose; none while all are down. */
  target(): { readonly process: Process; readonly hub: Hub } | undefined
  /** A request was answered with success, here and now. */
  acknowledged(signalIds: readonly string[]): void
  happened(what: string): void
  trace(who: string, what: string): void
}

const TRIES = 6
const PATIENCE_MS = 4_000

/** How vendors send webhooks: at least once, with the same ids on each try; some late, some twice, some never. */
export interface Hooks {
  notice(vendor: Vendor, thing: Thing, what: Noticed): void
  /** Requests that are still being tried. */
  readonly open: number
}

export function createHooks(context: HooksContext): Hooks {
  const { scheduler, chance } = context
  let nextId = 1
  let open = 0

  function deliver(vendor: string, items: readonly RawSignal[], attempt: number): void {
    const again = (why: string): void => {
      if (attempt >= TRIES) {
        open -= 1
        context.happened('hook: given up')
        return
      }
      context.happened(`hook: ${why}, sent again`)
      scheduler.after(chance.between(200, 1_000 * 2 ** attempt), () => deliver(vendor, items, attempt + 1))
    }
    const target = context.target()
    if (!target) return again('nobody there')
    let isOver = false
    const end = (then: () => void): void => {
      if (isOver) return
      isOver = true
      impatience.cancel()
      then()
    }
    const impatience = scheduler.after(PATIENCE_MS, () => end(() => again('no answer')))
    const body = new TextEncoder().encode(JSON.stringify(items))
    const request = { method: 'POST', url: `https://hub.example/hooks/${vendor}`, headers: {}, body, receivedAt: scheduler.now() }
    const { process, hub } = target
    // The request reaches the process as an answer of its port would: not while it stands still, never once it is dead.
    process.answer(chance.between(1, 40), 'call', () => {
      hub.accept(vendor, request).then(
        () => {
          context.acknowledged(items.map((item) => item.id))
          context.trace(process.node, `acknowledged ${items.map((item) => item.id).join(' ')}`)
          end(() => (open -= 1))
        },
        () => end(() => again('refused')),
      )
    })
  }

  function send(vendor: Vendor, items: readonly RawSignal[]): void {
    const faults = context.faults()
    if (chance.hit(faults.hookDropped)) return context.happened('hook: dropped')
    const isLate = chance.hit(faults.hookLate)
    if (isLate) context.happened('hook: late')
    const copies = chance.hit(faults.hookTwice) ? 2 : 1
    if (copies === 2) context.happened('hook: sent twice')
    for (let i = 0; i < copies; i++) {
      open += 1
      scheduler.after(isLate ? chance.between(2_000, 15_000) : chance.between(10, 400), () => deliver(vendor.spec.name, items, 1))
    }
  }

  return {
    notice(vendor, thing, what) {
      if (vendor.spec.webhook === 'none') return
      const id = `${vendor.spec.name}-${nextId++}`
      const time = new Date(thing.modifiedAt).toISOString()
      send(vendor, [
        {
          id,
          subject: { stream: vendor.spec.stream, externalId: thing.id },
          type: what,
          time,
          body: JSON.stringify({ hook: id }),
          ...(vendor.spec.webhook === 'whole' ? { record: vendor.show(thing) } : {}),
        },
      ])
    },
    get open() {
      return open
    },
  }
}

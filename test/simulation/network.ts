import { VendorError } from '@throughline/sdk'
import type { Chance } from './chance.ts'
import type { Faults } from './plan.ts'
import type { Process } from './process.ts'
import type { Scheduler } from './scheduler.ts'
import type { Vendor } from './vendor.ts'

export interface NetworkContext {
  readonly scheduler: Scheduler
  readonly chance: Chance
  faults(): Faults
  /** Until when a vendor is down. */
  downUntil(vendor: string): number
  happened(what: string): void
}

/** How long a call waits when its caller sets no limit. */
const OWN_LIMIT_MS = 5_000

/**
 * One reading call of a process: `look` is what the vendor answers in the instant the request arrives.
 * @throws VendorError
 */
export function ask<T>(process: Process, vendor: Vendor, signal: AbortSignal, look: () => T, context: NetworkContext): Promise<T> {
  const { scheduler, chance } = context
  const faults = context.faults()
  return new Promise((resolve, reject) => {
    const fail = (error: VendorError, ms: number): void => void process.answer(ms, 'call', () => reject(error))
    const gaveUp = (): void => reject(new VendorError('retry', 'no answer in time'))
    if (signal.aborted) return gaveUp()
    signal.addEventListener('abort', gaveUp, { once: true })
    const there = chance.between(5, 150)
    const back = chance.between(5, 150)
    if (scheduler.now() < context.downUntil(vendor.spec.name)) {
      context.happened('read: vendor down')
      fail(new VendorError('retry', 'the vendor answered 503'), there)
    } else if (chance.hit(faults.limited)) {
      context.happened('read: 429')
      fail(new VendorError('limited', 'too many calls', chance.hit(0.5) ? { at: scheduler.now() + 1_500 } : {}), there + back)
    } else if (chance.hit(faults.downBefore)) {
      context.happened('read: 503')
      fail(new VendorError('retry', 'the vendor answered 503'), there + back)
    } else if (chance.hit(faults.requestLost)) {
      const isSilent = chance.hit(0.3)
      context.happened(isSilent ? 'read: no answer' : 'read: connection reset')
      fail(new VendorError('retry', 'the connection broke'), isSilent ? OWN_LIMIT_MS : there)
    } else {
      scheduler.after(there, () => {
        const answer = look()
        process.answer(back, 'call', () => resolve(answer))
      })
    }
  })
}

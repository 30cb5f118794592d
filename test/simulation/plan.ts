import { createChance, type Chance } from './chance.ts'

/** What can go wrong, each with its probability per occasion; 0 switches a class off. */
export interface Faults {
  /** Vendor calls: the request never arrives. */
  readonly requestLost: number
  /** It takes effect and the answer is lost. */
  readonly answerLost: number
  /** It takes effect after the caller gave up, within the vendor's bound. */
  readonly late: number
  readonly limited: number
  /** 503 without and with effect. */
  readonly downBefore: number
  readonly downAfter: number
  /** Part of a batch takes effect, then the call breaks off. */
  readonly partial: number
  /** The answer has no row for some of the batch. */
  readonly short: number
  /** A row is refused for the moment. */
  readonly locked: number
  /** Commits: the answer is lost before, after, or long before the commit takes effect; the database cannot be reached. */
  readonly commitLostBefore: number
  readonly commitLostAfter: number
  readonly commitLate: number
  readonly storeDown: number
  /** Per answer handed to a process. */
  readonly crash: number
  readonly freeze: number
  /** Webhooks. */
  readonly hookTwice: number
  readonly hookLate: number
  readonly hookDropped: number
  /** A whole vendor is down for a while: probability per vendor and run. */
  readonly outage: number
  /** An instance is stopped in good order and another one started. */
  readonly rolling: number
}

/** One run, drawn from its seed: small, so that people and faults meet. */
export interface Plan {
  readonly seed: number
  readonly vendors: readonly ('alpha' | 'beta' | 'gamma')[]
  /** One instance under an exclusive lock, or two that share the database. */
  readonly instances: 1 | 2
  readonly people: number
  readonly edits: number
  /** How long people edit and faults strike, ms. */
  readonly activeMs: number
  readonly faults: Faults
  readonly crashes: number
  readonly freezes: number
  /** Share of edits that clash on purpose, of deletes, of values a vendor refuses. */
  readonly clash: number
  readonly deletes: number
  readonly poison: number
  /** How far each vendor's clock is off, ms at most. */
  readonly skewMs: number
}

export const NO_FAULTS: Faults = {
  requestLost: 0,
  answerLost: 0,
  late: 0,
  limited: 0,
  downBefore: 0,
  downAfter: 0,
  partial: 0,
  short: 0,
  locked: 0,
  commitLostBefore: 0,
  commitLostAfter: 0,
  commitLate: 0,
  storeDown: 0,
  crash: 0,
  freeze: 0,
  hookTwice: 0,
  hookLate: 0,
  hookDropped: 0,
  outage: 0,
  rolling: 0,
}

/** How often each class strikes where it is switched on. */
const OCCASIONS: Faults = {
  requestLost: 0.06,
  answerLost: 0.12,
  late: 0.06,
  limited: 0.06,
  downBefore: 0.06,
  downAfter: 0.08,
  partial: 0.06,
  short: 0.06,
  locked: 0.08,
  commitLostBefore: 0.02,
  commitLostAfter: 0.03,
  commitLate: 0.02,
  storeDown: 0.02,
  crash: 0.004,
  freeze: 0.003,
  hookTwice: 0.3,
  hookLate: 0.3,
  hookDropped: 0.3,
  outage: 0.5,
  rolling: 0.5,
}

export function drawPlan(seed: number): Plan {
  const chance = createChance(seed * 2 + 1)
  const faults = { ...NO_FAULTS }
  // Swarm: about a third of the classes at a time reaches combinations that all at once would drown.
  const share = chance.pick([0, 0.2, 0.4, 0.4, 0.7])
  for (const name of Object.keys(OCCASIONS) as (keyof Faults)[])
    if (chance.hit(share)) faults[name] = OCCASIONS[name] * (0.5 + chance.next())
  return {
    seed,
    vendors: chance.hit(0.4) ? ['alpha', 'beta', 'gamma'] : ['alpha', 'beta'],
    instances: chance.hit(0.2) ? 1 : 2,
    people: chance.between(1, 4),
    edits: chance.between(6, 24),
    activeMs: chance.between(10, 30) * 1000,
    faults,
    crashes: faults.crash > 0 ? chance.between(1, 5) : 0,
    freezes: faults.freeze > 0 ? chance.between(1, 3) : 0,
    clash: share === 0 ? 0.2 : chance.pick([0, 0.2, 0.5]),
    deletes: chance.pick([0, 0, 0.06]),
    poison: chance.pick([0, 0, 0.08]),
    skewMs: chance.pick([0, 0, 1500]),
  }
}

export function chanceOf(plan: Plan): Chance {
  return createChance(plan.seed * 2)
}

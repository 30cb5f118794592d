import type { Chance } from './chance.ts'
import type { Plan } from './plan.ts'
import type { Scheduler } from './scheduler.ts'
import type { Thing, Vendor } from './vendor.ts'
import { FIELDS } from './vendors.ts'

export interface PeopleContext {
  readonly plan: Plan
  readonly scheduler: Scheduler
  readonly chance: Chance
  readonly vendors: readonly Vendor[]
  happened(what: string): void
  trace(who: string, what: string): void
}

/** People at work in the vendors' own tools: they create, edit, clash and, seldom, delete. Every value is new. */
export interface People {
  /** Puts all their doings on the timeline. */
  schedule(): void
  /** After the storm: mends what vendors refused, so that everything can come to rest. */
  mend(): void
}

export function createPeople({ plan, scheduler, chance, vendors, happened, trace }: PeopleContext): People {
  let nextToken = 1

  function token(field: string): string | null {
    const n = nextToken++
    if (field === 'email') return chance.pick([`w${n}@example.com`, `W${n}@Example.com`])
    if (field === 'lastName' && chance.hit(plan.poison)) {
      happened('people: a value that a vendor refuses')
      return `poison-${n}-`
    }
    if (field === 'jobTitle' && chance.hit(0.25)) return null
    return chance.hit(0.1) ? ` ${field}-${n}-` : `${field}-${n}-`
  }

  function create(vendor: Vendor, email: string | null = chance.hit(0.7) ? token('email') : null): void {
    const values = Object.fromEntries(FIELDS.map((field) => [field, field === 'email' ? email : chance.hit(0.7) ? token(field) : null]))
    if (values['firstName'] === null) values['firstName'] = token('firstName')
    const thing = vendor.human.create(values)
    trace('people', thing ? `create ${thing.id} ${JSON.stringify(values)}` : 'could not create')
    if (!thing || email === null || !chance.hit(0.15)) return
    const other = chance.pick(vendors.filter((candidate) => candidate !== vendor))
    scheduler.after(chance.between(0, 4_000), () => {
      happened('people: one person created in two systems')
      create(other, email)
    })
  }

  function edit(
    vendor: Vendor,
    thing: Thing,
    fields: readonly string[],
    values: Readonly<Record<string, string | null>> = Object.fromEntries(fields.map((field) => [field, token(field)])),
  ): void {
    if (thing.deletedAt !== null) return
    const isDone = vendor.human.edit(thing, values)
    trace('people', `${isDone ? 'edit' : 'could not edit'} ${thing.id} ${JSON.stringify(values)}`)
  }

  /** The same person over there: an object that shows a value of the same origin. */
  function twinOf(thing: Thing, other: Vendor): Thing | undefined {
    const shown = new Set(Object.values(thing.cells).flatMap(({ origin }) => (origin ? [origin] : [])))
    return [...other.things.values()].find(
      (candidate) => candidate.deletedAt === null && Object.values(candidate.cells).some(({ origin }) => origin && shown.has(origin)),
    )
  }

  function act(): void {
    const vendor = chance.pick(vendors)
    const living = [...vendor.things.values()].filter((thing) => thing.deletedAt === null)
    if (living.length === 0 || chance.hit(0.12)) return create(vendor)
    const thing = chance.pick(living)
    if (chance.hit(plan.deletes)) {
      happened('people: delete')
      trace('people', `delete ${thing.id}`)
      return vendor.human.remove(thing)
    }
    const fields = [...new Set([chance.pick(FIELDS), chance.pick(FIELDS)])]
    edit(vendor, thing, fields)
    if (!chance.hit(plan.clash)) return
    const other = chance.pick(vendors.filter((candidate) => candidate !== vendor))
    const twin = twinOf(thing, other)
    if (!twin) return
    scheduler.after(chance.between(0, 3_000), () => edit(other, twin, fields))
  }

  return {
    schedule() {
      for (let i = 0; i < plan.people; i++) {
        const vendor = chance.pick(vendors)
        scheduler.after(chance.between(0, 3_000), () => create(vendor))
      }
      for (let i = 0; i < plan.edits; i++) scheduler.after(chance.between(1_000, plan.activeMs), act)
    },
    mend() {
      for (const vendor of vendors) {
        for (const thing of vendor.things.values()) {
          if (thing.deletedAt === null && thing.cells['lastName']?.value?.startsWith('poison'))
            edit(vendor, thing, ['lastName'], { lastName: `mended-${nextToken++}-` })
        }
      }
    },
  }
}

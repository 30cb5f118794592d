import { longId } from './ids.ts'
import { findObject, OBJECTS, type ObjectType, type Row } from './objects.ts'
import type { Org } from './org.ts'
import type { FieldState } from './schema.ts'
import { seed, type SeedInput } from './seed.ts'
import { HUMAN_USER } from './sessions.ts'

type Verb = (input: unknown) => unknown

interface Input {
  readonly type?: string
  readonly id?: string
  readonly master?: string
  readonly losers?: readonly string[]
  readonly user?: string
  readonly times?: number
  readonly max?: number
  readonly used?: number
  readonly on?: boolean
  readonly name?: string
  readonly state?: FieldState | 'there'
  readonly customise?: boolean
  readonly delete?: boolean
  readonly header?: Readonly<Record<string, unknown>>
  readonly opportunity?: boolean
  readonly objects?: readonly string[]
  readonly records?: boolean
  readonly rows?: readonly Readonly<Record<string, unknown>>[]
  readonly at?: number
}

/** What tests and the demo do behind the vendor's back: what needs no REST call in reality, or has none. */
export function admin(org: Org): Record<string, Verb> {
  const need = (input: Input): ObjectType => {
    const object = findObject(input.type ?? '')
    if (!object) throw new Error(`no object ${input.type ?? '(none named)'}`)
    return object
  }
  const idOf = (text: string | undefined): string => longId(text ?? '') ?? ''
  const verb = (work: (input: Input) => unknown): Verb => {
    return (input) => work(typeof input === 'object' && input !== null ? input : {})
  }

  return {
    seed: (input) => seed(org, (input ?? {}) as SeedInput),
    /** Rows made by a person, all at one time; answers their ids in order. */
    plant: verb((input) => {
      const object = need(input)
      return org.store.during(input.at ?? org.now(), () =>
        (input.rows ?? []).map((row) => {
          const saved = org.store.create(object, row, input.user ?? HUMAN_USER)
          if (!saved.ok) throw new Error(`the org refuses a planted row: ${JSON.stringify(saved.errors)}`)
          return saved.id
        }),
      )
    }),
    /** Counts, and every row unless `records` is false; `objects` narrows it. */
    state: verb((input) => {
      const wanted = OBJECTS.filter((object) => !input.objects || input.objects.includes(object.name))
      const rowsOf = (object: ObjectType): readonly Row[] => org.store.table(object.name)?.rows ?? []
      return {
        counts: Object.fromEntries(wanted.map((object) => [object.name, rowsOf(object).filter((row) => row['IsDeleted'] !== true).length])),
        usage: org.usage,
        grants: org.sessions.grants(),
        ...(input.records === false ? {} : { records: Object.fromEntries(wanted.map((object) => [object.name, rowsOf(object)])) }),
      }
    }),
    /** Empties the org and its limits; sessions stay. */
    reset: verb(() => {
      org.store.reset()
      org.locators.clear()
      org.schema.reset()
      org.usage.used = 0
    }),
    /** Ends all sessions, or those of one user. */
    expire: verb((input) => org.sessions.expire(input.user)),
    /** Merges records as the vendor's SOAP call does. */
    merge: verb((input) => org.store.merge(need(input), idOf(input.master), (input.losers ?? []).map(idOf), input.user ?? HUMAN_USER)),
    /** Converts a lead as the SOAP call does; `opportunity` makes one too. */
    convert: verb((input) => org.store.convert(idOf(input.id), input.user ?? HUMAN_USER, input.opportunity === true)),
    /** Archives a task, as a year does. */
    archive: verb((input) => org.store.archive(idOf(input.id))),
    /** `absent`, `hidden`, `plain`, or `there` again: how the org differs in one field. */
    field: verb((input) => {
      const { state = 'there', name = '' } = input
      org.schema.set(need(input), name, state === 'there' ? null : state)
    }),
    /** What the integration user may: `customise` the org, `delete` objects of a type. */
    permit: verb((input) => {
      if (input.customise !== undefined) org.schema.customises = input.customise
      if (input.type !== undefined && input.delete === false) org.schema.keeps.add(need(input).name)
      if (input.type !== undefined && input.delete === true) org.schema.keeps.delete(need(input).name)
    }),
    /** A change event of its own: `header` over a plain one. Answers its replay id. */
    event: verb((input) => org.events.inject(need(input).name, input.header ?? {})),
    /** Lets 72 hours of change events pass. */
    forget: verb(() => org.events.forget()),
    undelete: verb((input) => org.store.undelete(need(input), idOf(input.id), input.user ?? HUMAN_USER)),
    /** Empties the recycle bin of one object. */
    purge: verb((input) => {
      const table = org.store.table(need(input).name)
      for (const row of [...(table?.rows ?? [])]) if (row['IsDeleted'] === true) table?.purge(row)
    }),
    lock: verb((input) => org.store.lock(idOf(input.id), input.times ?? 1)),
    /** The daily quota: `max`, and how much of it is used up. */
    limit: verb((input) => {
      org.usage.max = input.max ?? org.usage.max
      org.usage.used = input.used ?? org.usage.used
      return org.usage
    }),
    duplicates: verb((input) => org.store.duplicateRule(input.on !== false)),
  }
}

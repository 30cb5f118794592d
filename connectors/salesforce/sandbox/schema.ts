import type { ObjectType } from './objects.ts'

/**
 * How a field of an org differs from what the sandbox otherwise offers. `absent`: nobody has made it. `hidden`: it is there, and
 * the user may not see it, as every field that has just been made. `plain`: it is neither unique nor an external id.
 */
export type FieldState = 'absent' | 'hidden' | 'plain'

export interface Schema {
  state(object: ObjectType, field: string): FieldState | null
  set(object: ObjectType, field: string, state: FieldState | null): void
  isChanged(): boolean
  /** The first field that a call mentions and that its user cannot use. */
  refused(call: string): string | null
  /** Objects that the user may not delete. */
  readonly keeps: Set<string>
  /** Whether the user may look at the org's set-up and change it. */
  customises: boolean
  reset(): void
}

export function createSchema(): Schema {
  let states = new Map<string, FieldState>()
  return {
    state: (object, field) => states.get(`${object.name}.${field}`) ?? null,
    set(object, field, state) {
      if (state === null) states.delete(`${object.name}.${field}`)
      else states.set(`${object.name}.${field}`, state)
    },
    isChanged: () => states.size > 0,
    refused(call) {
      for (const [key, state] of states) {
        const [object = '', field = ''] = key.split('.')
        const mentions = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(call)
        if (state !== 'plain' && mentions(object) && mentions(field)) return key
      }
      return null
    },
    keeps: new Set(),
    customises: true,
    reset() {
      states = new Map()
      this.keeps.clear()
      this.customises = true
    },
  }
}

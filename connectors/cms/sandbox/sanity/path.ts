export interface Doc {
  _id: string
  _type: string
  _rev: string
  _createdAt: string
  _updatedAt: string
  [attribute: string]: unknown
}

type Bag = Record<string, unknown>

/** The value at `a` or `a.b`. */
export function at(doc: Readonly<Record<string, unknown>>, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (isBag(value) ? value[name] : undefined), doc)
}

/** Sets a value; a path into what is not there matches nothing and does nothing, as JSONMatch has it. */
export function put(doc: Bag, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop() ?? ''
  const holder = names.reduce<unknown>((held, name) => (isBag(held) ? held[name] : undefined), doc)
  if (!isBag(holder)) return
  if (value === undefined) delete holder[last]
  else holder[last] = value
}

/** Ids that a value refers to strongly. */
export function referencesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesOf)
  if (!isBag(value)) return []
  const own = typeof value._ref === 'string' && value._weak !== true ? [value._ref] : []
  return [...own, ...Object.values(value).flatMap(referencesOf)]
}

function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

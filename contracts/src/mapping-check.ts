import type { Fault } from './document.ts'
import { MappingError, type FieldEntry, type Mapping } from './mapping.ts'
import { didYouMean } from './nearest.ts'
import type { EntityContract } from './registry.ts'

/** What a mapping may name outside its entity; what is not given is not checked. */
export interface Known {
  /** Streams of the connector. */
  readonly streams?: readonly string[]
  /** Names of the configured connections, for `authority`. */
  readonly connections?: readonly string[]
}

/**
 * Throws `MappingError`, with every fault, if a mapping does not fit its entity contract, its connector's streams or the
 * configured connections. A mapping that passed can encode every value that keeps the contract.
 */
export function checkMapping(mapping: Mapping, entity: EntityContract, known: Known = {}): void {
  const { file, at, written } = mapping.source
  const faults: Fault[] = []
  const add = (path: (string | number)[], what: string, why: string, next: string) => faults.push({ ...at(path), what, why, next })
  const choose = (word: string, from: Iterable<string>) => didYouMean(word, from).trim() || `Write one of ${[...from].join(', ')}.`

  if (mapping.entity !== entity.name) {
    add(['entity'], `this maps "${mapping.entity}"`, `it is used for "${entity.name}"`, `Write "entity: ${entity.name}".`)
  }
  if (known.streams?.includes(mapping.stream) === false) {
    add(
      ['stream'],
      `there is no stream "${mapping.stream}"`,
      `${mapping.connector} has ${known.streams.join(', ')}`,
      choose(mapping.stream, known.streams),
    )
  }
  mapping.match.forEach((kind, i) => {
    const identity = entity.identities.find((candidate) => candidate.kind === kind)
    const kinds = entity.identities.map((candidate) => candidate.kind)
    if (identity === undefined) {
      const why = kinds.length === 0 ? `${entity.name} has no identity` : `${entity.name} is known by ${kinds.join(', ')}`
      add(['match', i], `"${kind}" is no identity of ${entity.name}`, why, kinds.length === 0 ? 'Write "match: []".' : choose(kind, kinds))
    } else if (!mapping.fields.some((field) => field.field === identity.field && field.direction !== 'out')) {
      add(
        ['match', i],
        `nothing can be matched by "${kind}"`,
        `the field "${identity.field}" is not read`,
        `Map "${identity.field}" with direction in or both.`,
      )
    }
  })
  written.fields.forEach((entry, i) => {
    const { authority } = entry
    if (!entity.fields.includes(entry.field)) {
      add(
        ['fields', i, 'field'],
        `${entity.name} has no field "${entry.field}"`,
        `its fields are ${entity.fields.join(', ')}`,
        choose(entry.field, entity.fields),
      )
    } else faults.push(...tableFaults(entry, i, entity, mapping))
    if (authority !== 'latest' && authority !== 'ask' && known.connections?.includes(authority) === false) {
      const names = ['latest', 'ask', ...known.connections]
      add(
        ['fields', i, 'authority'],
        `"${authority}" is no authority`,
        'it is latest, ask, or a configured connection',
        choose(authority, names),
      )
    }
  })
  if (faults.length > 0) throw new MappingError(file, faults)
}

/** Whether the table of an enum, and the entity's own list of values, agree. */
function tableFaults(entry: FieldEntry, i: number, entity: EntityContract, mapping: Mapping): Fault[] {
  const allowed = entity.schema.properties[entry.field]!.enum?.filter((value) => typeof value === 'string')
  const at = mapping.source.at
  if (typeof entry.codec === 'string') {
    if (allowed === undefined || entry.direction === 'out') return []
    const why = `${entity.name}.${entry.field} is one of ${allowed.join(', ')}`
    return [
      {
        ...at(['fields', i, 'codec']),
        what: `the codec ${entry.codec} gives other values too`,
        why,
        next: 'Use { name: enum, values: { ours: theirs } }.',
      },
    ]
  }
  if (allowed === undefined) return []
  const { values, otherwise } = entry.codec
  const faults: Fault[] = []
  const why = `${entity.name}.${entry.field} is one of ${allowed.join(', ')}`
  const unknown = (value: string, path: string[], key?: string) => {
    if (allowed.includes(value)) return
    const next = didYouMean(value, allowed).trim() || 'Write one of them.'
    faults.push({ ...at(['fields', i, 'codec', ...path], key), what: `"${value}" is no value of ${entry.field}`, why, next })
  }
  for (const value of Object.keys(values)) unknown(value, ['values'], value)
  if (otherwise !== undefined) unknown(otherwise, ['otherwise'])
  const missing = allowed.filter((value) => !Object.hasOwn(values, value))
  if (entry.direction !== 'in' && missing.length > 0) {
    faults.push({
      ...at(['fields', i, 'codec', 'values']),
      what: `the table of ${entry.field} does not say how to write ${missing.join(', ')}`,
      why: 'records may hold these values',
      next: 'Add them, or write "direction: in".',
    })
  }
  return faults
}
